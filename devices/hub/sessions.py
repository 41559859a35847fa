"""Clients on the WAN that confirm what they get: a link each, under the name that the client has for itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from devices.errors import DeviceError
from devices.link.reliable import Draw, Link, LinkOptions
from devices.store import Store

logger = logging.getLogger(__name__)

#: Octets of a session's name, and how many sessions a hub keeps.
NAME_LENGTH = 8
SESSIONS = 64
_PREFIX = "link/wan/"


class SessionRefused(DeviceError):
    """A client whose name is none, or one too many."""


class Sessions:
    """The links of clients by their names, those included that are not connected."""

    def __init__(self, store: Store, options: LinkOptions, draw: Draw) -> None:
        self._store = store
        self._options = options
        self._draw = draw
        end = len(_PREFIX) + 2 * NAME_LENGTH
        names = sorted(name for name in store if name.startswith(_PREFIX) and len(name) == end)
        self._links = {bytes.fromhex(name[len(_PREFIX) :]): self._link(name) for name in names}

    def __len__(self) -> int:
        return len(self._links)

    def __iter__(self) -> Iterator[Link]:
        return iter(self._links.values())

    def find(self, name: bytes) -> Link | None:
        """The link of a client, if there is one."""
        return self._links.get(name)

    def open(self, name: bytes) -> Link:
        """The link of a client; a new one if it has never been here.

        Where there are too many, one that is neither connected nor waited for is forgotten.

        Raises:
            SessionRefused: there is none, or the name is none.
        """
        if len(name) != NAME_LENGTH:
            raise SessionRefused(f"a session's name has {NAME_LENGTH} octets, not {len(name)}")
        if name not in self._links:
            if len(self._links) >= SESSIONS:
                self._forget_one()
            self._links[name] = self._link(_PREFIX + name.hex())
        return self._links[name]

    def _link(self, name: str) -> Link:
        return Link(self._store, name, self._options, self._draw)

    def _forget_one(self) -> None:
        for name, link in self._links.items():
            if not link.is_connected and not link.waiting:
                del self._links[name]
                self._store.pop(str(link), None)
                logger.warning("%s: forgotten, %s clients are known", link, SESSIONS)
                return
        raise SessionRefused(f"{SESSIONS} clients are known, and all of them are connected or waited for")
