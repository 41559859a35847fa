"""A metering device on a HAN: its side of the association, and what it logs of it (GBCS 16: 8183, 81A2, 81A3)."""

from __future__ import annotations

import os

from devices.alerts import AlertCode
from devices.device import Device
from devices.han.association import Draw, Supplicant
from devices.han.install_code import InstallCode

#: Name in the device's state: the link key of which it has logged that it joined by it.
_LOGGED = "han/logged link key"


class Member(Supplicant):
    """The supplicant of a device, which keeps its events. Its shell says when the hub has gone.

    Attributes:
        device: whose events they are.
        is_connected: whether the hub is there.
    """

    def __init__(self, device: Device, install_code: InstallCode, draw: Draw = os.urandom) -> None:
        super().__init__(device.eui, device.store, install_code, draw)
        self.device = device
        self.is_connected = False

    def proceed(self, body: bytes) -> bytes | None:
        """See `devices.han.association.Supplicant`."""
        answer = super().proceed(body)
        if answer is None:
            if self.link_key and self.device.store.get(_LOGGED) != self.link_key:
                self.device.store[_LOGGED] = self.link_key
                self.device.log_event(AlertCode.JOINED_HAN)
            self.is_connected = True
            self.device.log_event(AlertCode.HUB_CONNECTED)
            self.device.store.commit()
        return answer

    def lose(self) -> None:
        """The connection to the hub has gone."""
        if self.is_connected:
            self.is_connected = False
            if not self.device.is_powered:
                return
            self.device.log_event(AlertCode.HUB_DISCONNECTED)
            self.device.store.commit()
