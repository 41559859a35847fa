"""Payloads that are under way between two state machines, without time: any arrives next, again, damaged or never."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from gbcs.errors import DecodeError


class UnderWay:
    """Payloads in one direction, to `take`; `random` decides what becomes of each."""

    def __init__(self, random: Random, take: Callable[[bytes], None]) -> None:
        self._random = random
        self._take = take
        self._bodies: list[bytes] = []

    def put(self, body: bytes) -> None:
        self._bodies.append(body)

    def step(self) -> None:
        """Something becomes of one of them, if there is one."""
        if not self._bodies:
            return
        number, fault = self._random.randrange(len(self._bodies)), self._random.random()
        body = self._bodies[number] if fault < 0.2 else self._bodies.pop(number)
        if fault < 0.6:
            self._take(body)
        elif fault < 0.8:
            with pytest.raises(DecodeError, match="crc"):
                self._take(self._damaged(body))

    def _damaged(self, body: bytes) -> bytes:
        octets = bytearray(body)
        bit = self._random.randrange(8 * len(octets))
        octets[bit // 8] ^= 1 << bit % 8
        return bytes(octets)
