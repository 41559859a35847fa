"""Prepayment top-up tokens: whether one is genuine, and new (GBCS 14; SMETS 5.6.3; use case CS01a)."""

from __future__ import annotations

import struct

from devices.alerts import AlertCode
from devices.device import Device
from gbcs.errors import GbcsError, MissingKeyError, SecurityError
from gbcs.prepayment import Utrn, ValueClass, deduce_token_counter, token_counter_of, verify_utrn
from gbcs.roles import RemotePartyRole

#: Token counters that are remembered; one below all of them is taken for used once there are so many.
CACHE_SIZE = 100
_NAME = "token counters"
_MILLIPENCE = {ValueClass.PENCE: 1_000, ValueClass.POUNDS: 100_000}


class TokenRefused(Exception):
    """A token that adds no credit; `code` goes into the security log."""

    def __init__(self, code: AlertCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Tokens:
    """The counters of the tokens that a meter has taken."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def check(self, digits: str) -> tuple[int, int]:
        """The token's counter and its worth in millipence.

        Raises:
            DecodeError, SecurityError: the digits are no token, as with a slip of the finger.
            TokenRefused: it is not genuine, or was taken before.
        """
        utrn = Utrn.parse(digits)
        device = self._device
        supplier = device.anchors.party_in(RemotePartyRole.SUPPLIER)
        if supplier is None:
            raise TokenRefused(AlertCode.UTRN_NOT_AUTHENTIC, "no supplier")
        used = self._used()
        counter = deduce_token_counter(utrn.truncated_counter, max(used, default=0))
        if device.command is not None:
            try:
                counter = token_counter_of(device.command.originator_counter)
            except GbcsError as error:
                raise TokenRefused(AlertCode.UTRN_NOT_AUTHENTIC, str(error)) from error
        try:
            verify_utrn(utrn, supplier, device.eui, counter, device.anchors)
        except (SecurityError, MissingKeyError) as error:
            raise TokenRefused(AlertCode.UTRN_NOT_AUTHENTIC, str(error)) from error
        if counter in used or (len(used) >= CACHE_SIZE and counter < min(used)):
            raise TokenRefused(AlertCode.DUPLICATE_UTRN, f"counter {counter} was used")
        return counter, utrn.value * _MILLIPENCE[utrn.value_class]

    def accept(self, counter: int) -> None:
        """Remembers a counter, in place of the lowest where there are too many."""
        used = sorted([*self._used(), counter])[-CACHE_SIZE:]
        self._device.store[_NAME] = struct.pack(f">{len(used)}I", *used)

    def restart(self, floor: int | None) -> None:
        """Begins again with another supplier, whose tokens have counters above `floor`."""
        first = (floor or 0) >> 32
        self._device.store[_NAME] = struct.pack(">I", first) if floor else b""

    def _used(self) -> list[int]:
        octets = self._device.store.get(_NAME, b"")
        return list(struct.unpack(f">{len(octets) // 4}I", octets))
