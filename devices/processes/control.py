"""A process with a control plane beside it, if its command line asks for one."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

from devices.errors import DeviceError
from devices.link.faults import Faults, Rates
from devices.processes.shell import Address

if TYPE_CHECKING:
    from devices.control.plane import ControlPlane

#: What links, ways of messages and associations keep in the stores of devices: no state of theirs.
OF_PROCESS = ("link/", "held/", "open/", "han/")
#: Characters of a token; fewer are guessed.
_SHORTEST_TOKEN = 16


class TokenTooShort(DeviceError):
    """A file whose first line is no token."""


class LinkFaults:
    """Faults of a process's links as a control plane shows and changes them: the rates of each side, by its name."""

    _sides: dict[str, Faults]

    def __init__(self, **sides: Faults) -> None:
        vars(self)["_sides"] = sides

    def __dir__(self) -> list[str]:
        return [*self._sides]

    def __getattr__(self, side: str) -> Rates:
        if side not in self._sides:
            raise AttributeError(side)
        rates: Rates = self._sides[side].rates
        return rates

    def __setattr__(self, side: str, rates: Rates) -> None:
        self._sides[side].rates = rates


async def controlled(
    work: Callable[[], Awaitable[None]],
    arguments: argparse.Namespace,
    addresses: MutableMapping[str, Address],
    plane: Callable[[], ControlPlane],
) -> None:
    """Does `work`; beside a control plane, whose address goes into `addresses`, if the arguments ask for one.

    Raises:
        OSError: the address cannot be had, or the token's file not be read.
        DeviceError: a short token, or none off loopback.
    """
    if arguments.control is None:
        await work()
        return
    token = None if arguments.control_token_file is None else _token(arguments.control_token_file)
    from devices.control.server import serving  # noqa: PLC0415 - aiohttp is for those who want it

    async with serving(plane(), arguments.control_host, arguments.control, token) as address:
        addresses["control"] = address
        await work()


def _token(path: str) -> str:
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    token = lines[0].strip()
    if len(token) < _SHORTEST_TOKEN or not (token.isascii() and token.isprintable()):
        raise TokenTooShort(f"{path}: the first line is no token of at least {_SHORTEST_TOKEN} ASCII characters")
    return token
