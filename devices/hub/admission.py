"""Which devices a hub lets in that was given a list of them: by their install codes, then by link keys (GBCS CCS01)."""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping, Sequence
from datetime import datetime

from devices.errors import AssociationRefused, NotInDeviceLog
from devices.han.association import Credential, Kind
from devices.han.install_code import InstallCode, default_install_code
from devices.store import Store
from gbcs.eui64 import Eui64

logger = logging.getLogger(__name__)

_LINK_KEY, _HANDED_OVER = "link key/", "handed over/"


class Whitelist:
    """Satisfies `devices.han.association.Admission`; link keys are in the hub's store."""

    def __init__(
        self, devices: Container[Eui64], store: Store, install_codes: Mapping[Eui64, InstallCode] | None = None
    ) -> None:
        """Devices without an install code of their own have the default one."""
        self._devices = devices
        self._store = store
        self._install_codes = install_codes or {}

    def credentials(self, device: Eui64, now: datetime) -> Sequence[Credential]:
        """See `Admission`."""
        del now
        if device not in self._devices:
            raise NotInDeviceLog(f"{device.hex()} is not in the device log")
        names = [prefix + device.hex() for prefix in (_LINK_KEY, _HANDED_OVER)]
        known = [Credential(Kind.LINK_KEY, self._store[name]) for name in names if name in self._store]
        code = self._install_codes.get(device) or default_install_code(device)
        return [*known, Credential(Kind.INSTALL_CODE, code.key)]

    def hand_over(self, device: Eui64, key: bytes) -> None:
        """See `Admission`."""
        self._store[_HANDED_OVER + device.hex()] = key
        self._store.commit()

    def admit(self, device: Eui64, key: bytes, now: datetime) -> None:
        """See `Admission`."""
        del now
        self._store[_LINK_KEY + device.hex()] = key
        self._store.pop(_HANDED_OVER + device.hex(), None)
        self._store.commit()

    def refuse(self, device: Eui64, error: AssociationRefused, now: datetime) -> None:
        """See `Admission`."""
        del now
        logger.warning("%s: association refused: %s", device.hex(), error)
