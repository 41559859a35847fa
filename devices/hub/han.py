"""The devices on a hub's HAN: who may come in, by which key, and what the hub tells of them (CCS01 to CCS07, CS14).

Satisfies `devices.han.association.Admission`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from devices.alerts import AlertCode
from devices.device import Device
from devices.errors import AccessFailed, AssociationRefused, DeviceLogFull, JoiningClosed, NotInDeviceLog
from devices.han.association import Credential, Kind
from devices.han.install_code import LENGTHS, InstallCode, default_install_code
from devices.hub.device_log import CAPACITY, DeviceLogs, Entry
from devices.hub.link_status import LinkStatuses
from devices.settings import FormerKey
from gbcs.cosem import objects as o
from gbcs.cosem.composite import fixed, structure
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.objects.hub import DEVICE_TYPE
from gbcs.cosem.results import AccessResult
from gbcs.cosem.types import ENUM, Value, octets
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole
from gbcs.usecases.access import action, put
from gbcs.usecases.access_list import AccessList

#: CCS01 as it is read: the DCC sees to the length of install codes, and what comes past it is to get an answer.
_CCS01 = AccessList(
    action(
        o.DEVICE_LOG,
        "register_device",
        type=structure(ieee_address=octets(8), key_type=fixed(ENUM, 1), key=octets(0, 255), device_type=DEVICE_TYPE),
    ),
    put(o.DEVICE_LOG, "join_timeout"),
    put(o.DEVICE_LOG, "enable_disable_joining", fixed=True),
)
_USUAL_LENGTH = 16
#: Names in the state: the network's identifier; devices that were entered by whoever started the hub.
_PAN, _ENTERED = "extended PAN id", "entered/"
#: Refused devices that are remembered, so that one that tries again and again is logged once.
_REMEMBERED = 64


class Han:
    """The hub's side of its HAN.

    Attributes:
        logs: the device log and the historic one.
        links: how the hub hears each device.
        gates: say of a device why it may not join, beside the device log; None where it may.
        on_removed: called with each device that is taken off the device log.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self.logs = DeviceLogs(device.store)
        self.links = LinkStatuses(device.store)
        self.gates: list[Callable[[Eui64], str | None]] = []
        self.on_removed: list[Callable[[Eui64], None]] = []
        self._addressed: Eui64 | None = None
        self._refused: set[tuple[Eui64, type[AssociationRefused]]] = set()
        device.savers.append(self.links.save)
        device.forms["CCS01"] = _CCS01
        cosem = device.cosem
        cosem.handle(o.DEVICE_LOG, "register_device", self._register)
        cosem.handle(o.DEVICE_LOG, "unregister_device", lambda device: self.remove(Eui64(device)))
        cosem.handle(o.DEVICE_LOG, "restore_PAN", self._restore)
        cosem.handle(o.DEVICE_LOG, "backup_PAN", lambda _: self._backup())
        cosem.handle(o.HISTORIC_DEVICE_LOG, "backup_PAN", lambda _: self._historic_backup())
        cosem.compute(o.DEVICE_LOG, "active_devices", self._active_devices)
        cosem.compute(o.DEVICE_LOG, "enable_disable_joining", lambda: self.joining, self._enable_joining)

    def __contains__(self, device: object) -> bool:
        """Whether a device is in the device log."""
        return device in self.logs

    def has_joined(self, device: Eui64) -> bool:
        """Whether a device has a link key with the hub."""
        entry = self.logs.find(device)
        return entry is not None and bool(entry.link_key)

    @property
    def pan_id(self) -> bytes:
        """The network's extended PAN id, 8 octets: the hub's own identifier, unless it was restored from a backup."""
        return self._device.store.get(_PAN, bytes(self._device.eui))

    @property
    def joining(self) -> bool:
        """Whether joining is open for some device."""
        return any(self._offers(entry, self._device.now) for entry in self.logs if not entry.link_key)

    def whitelist(self, device: Eui64, install_code: InstallCode | None = None, device_type: int = 0) -> None:
        """Enters a device as whoever starts the hub has it: joining is open for it for ever, and nobody is told.

        Without an install code it is the device's default one. Once a store knows the device it is not entered again,
        so that one that was removed by command stays away.

        Raises:
            DeviceLogFull: there is no entry left.
        """
        if device in self.logs or _ENTERED + device.hex() in self._device.store:
            return
        if self._is_full(device):
            raise DeviceLogFull(f"{device.hex()}: the device log has {CAPACITY} entries, and all are taken")
        code = install_code or default_install_code(device)
        now = self._device.now
        self.logs.put(Entry(device, device_type, code.octets, opened=now, timeout=None))
        self._device.store[_ENTERED + device.hex()] = b""
        self._device.store.commit()

    def remove(self, device: Eui64) -> None:
        """Takes a device off the device log, as CCS02 does.

        Raises:
            AccessFailed: it is not there.
        """
        if device not in self.logs:
            raise AccessFailed(AccessResult(self._device.settings.device_log_refusal))
        self.logs.remove(device)
        self.links.forget(device)
        self._tell()
        for follow in self.on_removed:
            follow(device)

    # Admission.

    def credentials(self, device: Eui64, now: datetime) -> Sequence[Credential]:
        """See `devices.han.association.Admission`."""
        entry = self._entry(device)
        for gate in self.gates:
            if reason := gate(device):
                raise JoiningClosed(f"{device.hex()} {reason}")
        link_keys = [key for key in (entry.handed_over, entry.link_key) if key]
        known = [Credential(Kind.LINK_KEY, key) for key in link_keys]
        if entry.restored_hash:
            known.append(Credential(Kind.HASHED_LINK_KEY, entry.restored_hash))
        if not entry.link_key or entry.timeout is None:
            known += self._offers(entry, now)
        if not known:
            raise JoiningClosed(f"joining is not open for {device.hex()}")
        return known

    def _entry(self, device: Eui64) -> Entry:
        entry = self.logs.find(device)
        if entry is None:
            raise NotInDeviceLog(f"{device.hex()} is not in the device log")
        return entry

    def _offers(self, entry: Entry, now: datetime) -> list[Credential]:
        """What joining is open with: the link key that the device had before it was removed, its install code."""
        former = self.logs.former_key(entry.eui)
        passed = entry.opening(now)
        for_former = for_code = passed is not None and passed < 1
        if former and passed is not None and entry.timeout is not None:
            turn = 0.5 if self._device.settings.former_key is FormerKey.HALVES else 1.0
            for_former, for_code = passed < turn, turn <= passed < 2 * turn
        # An install code that has been proved holds until the link key that it brought has been.
        for_code |= bool(entry.handed_over)
        offers = [Credential(Kind.LINK_KEY, former)] if former and for_former else []
        if entry.install_code and for_code:
            offers.append(Credential(Kind.INSTALL_CODE, InstallCode(entry.install_code).key))
        return offers

    def hand_over(self, device: Eui64, key: bytes) -> None:
        """See `devices.han.association.Admission`."""
        self.logs.put(replace(self._entry(device), handed_over=key))
        self._device.store.commit()

    def admit(self, device: Eui64, key: bytes, now: datetime) -> None:
        """See `devices.han.association.Admission`."""
        entry = self._entry(device)
        self._refused = {each for each in self._refused if each[0] != device}
        if entry.link_key != key:
            self.logs.put(replace(entry, link_key=key, handed_over=b"", restored_hash=b""))
            self._tell()
        self.links.heard(device, now)
        self._device.store.commit()

    def refuse(self, device: Eui64, error: AssociationRefused, now: datetime) -> None:
        """See `devices.han.association.Admission`. The security log has it once, however often the device tries."""
        del now
        if len(self._refused) >= _REMEMBERED:
            self._refused.clear()
        if (device, type(error)) not in self._refused:
            self._refused.add((device, type(error)))
            self._device.log_security(AlertCode.UNAUTHORISED_COMMUNICATION)
        self._device.store.commit()

    # Commands.

    def _register(self, parameter: Value) -> None:
        device, code = Eui64(parameter["ieee_address"]), parameter["key"]
        settings = self._device.settings
        self._addressed = device
        if device in self.logs:
            return
        if len(code) not in (LENGTHS if settings.short_install_codes else (_USUAL_LENGTH,)):
            raise AccessFailed(AccessResult(settings.install_code_refusal))
        if self._is_full(device):
            raise AccessFailed(AccessResult(settings.device_log_refusal))
        self.logs.put(Entry(device, parameter["device_type"], code))
        self._refused = {each for each in self._refused if each[0] != device}
        self._tell()

    def _is_full(self, device: Eui64) -> bool:
        return len(self.logs) >= CAPACITY and device not in self.logs

    def _enable_joining(self, is_enabled: bool) -> None:
        """Opens joining for the device of the same command."""
        entry = self.logs.find(self._addressed) if self._addressed else None
        self._addressed = None
        if entry and is_enabled and entry.timeout is not None:
            timeout = self._device.cosem.get(o.DEVICE_LOG, "join_timeout")
            self.logs.put(replace(entry, opened=self._device.now, timeout=timeout))

    def _restore(self, parameter: Value) -> None:
        """The log of another hub: its devices come back by the hashes of the link keys that they had with it."""
        former = {entry.eui for entry in self.logs}
        entries = [
            Entry(Eui64(each["mac_address"]), restored_hash=each["hashed_tc_link_key"])
            for each in parameter["devices_to_restore"]
        ]
        self._device.store[_PAN] = parameter["extended_pan_id"]
        self.logs.replace_all(entries)
        self._tell()
        for device in former - {entry.eui for entry in entries}:
            self.links.forget(device)
            for follow in self.on_removed:
                follow(device)

    # What the hub tells.

    def _tell(self) -> None:
        """The device log has changed: entry and alert."""
        self._device.log_security(AlertCode.DEVICE_LOG_CHANGED)
        backup = {
            "backup_date_time": CosemDateTime.of(self._device.time),
            "extended_pan_id": self.pan_id,
            "devices": [{"device": bytes(each.eui), "hashed_tc_link_key": each.link_key_hash} for each in self.logs],
        }
        broker = RemotePartyRole.ACCESS_CONTROL_BROKER
        self._device.alert("CS14", AlertCode.DEVICE_LOG_CHANGED, to=broker, device_log=backup)

    def _backup(self) -> Value:
        return self._backed_up([(each.eui, each.link_key_hash) for each in self.logs])

    def _historic_backup(self) -> Value:
        return self._backed_up([(each.eui, each.link_key_hash) for each in self.logs.historic])

    def _backed_up(self, devices: list[tuple[Eui64, bytes]]) -> Value:
        return {
            "date_time": CosemDateTime.of(self._device.time),
            "extended_pan_id": self.pan_id,
            "devices_to_backup": [
                {"mac_address": bytes(device), "hashed_tc_link_key": key_hash} for device, key_hash in devices
            ],
        }

    def _active_devices(self) -> Value:
        return [self.links.describe(entry) for entry in self.logs]
