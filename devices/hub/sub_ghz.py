"""Sub-GHz operation of a dual-band hub: channel, duty cycle, configuration (GBCS 10.6.2, use cases DBCH01 to DBCH11).

What the radio does is told from outside; the hub keeps to its configuration, logs, and tells the broker. What the
octets for the reason of a change and for the request and outcome of a scan mean, no source at hand says: 0 is what the
reference data have in all three, 1 is this project's for a scan that is not made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import IntEnum

from devices.alerts import AlertCode
from devices.cosem.instances import Attribute
from devices.device import Device
from devices.events import seconds_of
from gbcs.cosem import objects as o
from gbcs.cosem.types import Value
from gbcs.eui64 import Eui64
from gbcs.message import Message
from gbcs.roles import RemotePartyRole

PAGES, CHANNELS = range(28, 32), range(27)
_WEEK = timedelta(days=7)
_STATE = "sub ghz"
#: Octets of the log entry behind the channel: an octet-string of one octet, which is the reason.
_REASON = b"\x09\x01"
_SCANNED, _NOT_SCANNED = b"\0", b"\1"


class DutyCycle(IntEnum):
    """How much the hub may still transmit. The threshold of the regulated band is not in the configuration."""

    NORMAL = 0
    LIMITED = 1
    CRITICAL = 2


#: What is logged when the duty cycle falls below a band, and when it rises into one.
_FALLEN = {DutyCycle.LIMITED: AlertCode.DUTY_CYCLE_NORMAL, DutyCycle.CRITICAL: AlertCode.DUTY_CYCLE_LIMITED}


class SubGhz:
    """The sub-GHz side of a hub.

    Attributes:
        quietest: page and channel that the next scan finds best; None for the one in use.
        capacity: devices that may join at sub-GHz.
    """

    def __init__(self, device: Device, has_joined: Callable[[Eui64], bool], capacity: int) -> None:
        """`has_joined` says whether a device in the device log has a link key."""
        self._device = device
        self._has_joined = has_joined
        self.quietest: tuple[int, int] | None = None
        self.capacity = capacity
        self._turned_away: set[Eui64] = set()
        state = json.loads(device.store.get(_STATE, b"{}"))
        self._devices, self._suspended = (
            {Eui64.parse(each) for each in state.get(name, ())} for name in ("devices", "suspended")
        )
        self._duty_cycle = DutyCycle(state.get("duty_cycle", DutyCycle.NORMAL))
        device.cosem.watch(o.SUB_GHZ_CONFIGURATION_SETTINGS, "value", self._configured)
        device.cosem.watch(o.SUB_GHZ_CHANNEL_SCAN, "value", self._scan_requested)

    @property
    def channel(self) -> tuple[int, int]:
        """Page and channel that the hub operates on."""
        octets: str = self._device.cosem.get(o.OPERATING_SUB_GHZ_CHANNEL, "value")
        return int(octets[:5], 2), int(octets[5:], 2).bit_length() - 1

    def change_channel(self, page: int, channel: int, reason: int = 0) -> None:
        """The hub operates on another channel from now on (DBCH07)."""
        text = channel_bits(page, channel)
        self._device.cosem.set(o.OPERATING_SUB_GHZ_CHANNEL, "value", text)
        reason_octet = bytes((reason,))
        self._device.cosem.log(o.SUB_GHZ_CHANNEL_LOG).append(
            {
                "timestamp": seconds_of(self._device.time),
                "log_code": AlertCode.CHANNEL_CHANGED,
                "other_information": int(text, 2).to_bytes(4, "big") + _REASON + reason_octet,
            }
        )
        self._alert("DBCH07", AlertCode.CHANNEL_CHANGED,
                    sub_ghz_channel={"operating_sub_ghz_channel": text, "reason": reason_octet})  # fmt: skip

    def scan(self, request: int = 0) -> None:
        """A scan is asked for: made unless the channel has changed as often this week as it may (DBCH08)."""
        week_ago = seconds_of(self._device.time - _WEEK)
        changes = self._device.cosem.log(o.SUB_GHZ_CHANNEL_LOG).read(week_ago)
        allowed = self._configuration["channel_changes_per_week"]
        is_made = len(changes) < allowed
        outcome = {"request": bytes((request,)), "outcome": _SCANNED if is_made else _NOT_SCANNED}
        self._device.log_event(AlertCode.CHANNEL_SCAN_ASSESSED)
        self._alert("DBCH08", AlertCode.CHANNEL_SCAN_ASSESSED, channel_scan=outcome)
        if not is_made:
            return
        self._device.log_event(AlertCode.CHANNEL_SCAN_STARTED)
        if self.quietest is None or self.quietest == self.channel:
            self._device.log_event(AlertCode.CHANNEL_KEPT)
        else:
            self.change_channel(*self.quietest)

    def set_duty_cycle(self, value: int, busiest: Eui64 | None = None) -> None:
        """The duty cycle is `value`, in the unit of the thresholds; the `busiest` device has to be silent for it."""
        limits = ("normal_limited_duty_cycle_threshold", "limited_critical_duty_cycle_threshold")
        level = DutyCycle(sum(value >= self._configuration[limit] for limit in limits))
        for band in sorted(_FALLEN, reverse=True):
            if level < band <= self._duty_cycle:
                self._device.log_event(_FALLEN[band])
        if level is DutyCycle.NORMAL:
            self._suspended.clear()
        elif level > self._duty_cycle and busiest is not None:
            self._suspended.add(busiest)
            self._device.log_event(AlertCode.LIMITED_DUTY_CYCLE, bytes(busiest))
            self._alert("DBCH06", AlertCode.LIMITED_DUTY_CYCLE, device=bytes(busiest))
        if self._duty_cycle < level is DutyCycle.CRITICAL:
            self._device.log_event(AlertCode.CRITICAL_DUTY_CYCLE)
        self._duty_cycle = level
        self._keep()

    def is_suspended(self, device: Eui64) -> bool:
        """Whether a device is not spoken to for the time being."""
        return device in self._suspended

    def discard(self, message: Message) -> None:
        """A command to a suspended device is not delivered (DBCH10)."""
        self._device.log_event(AlertCode.DISCARDED_FOR_DUTY_CYCLE)
        self._alert("DBCH10", AlertCode.DISCARDED_FOR_DUTY_CYCLE, discarded_message=described(message))

    def operate(self, device: Eui64, *, at_sub_ghz: bool = True) -> None:
        """A device uses sub-GHz, or the other band again."""
        (self._devices.add if at_sub_ghz else self._devices.discard)(device)
        self._keep()

    def gate(self, device: Eui64) -> str | None:
        """Why a device may not join: there is no more room at sub-GHz (DBCH11)."""
        is_new = device in self._devices and not self._has_joined(device)
        if not is_new or sum(map(self._has_joined, self._devices)) < self.capacity:
            self._turned_away.discard(device)
            return None
        # It will try again and again; that is told once.
        if device not in self._turned_away:
            self._turned_away.add(device)
            self._device.log_event(AlertCode.NO_SUB_GHZ_CAPACITY, bytes(device))
            self._alert("DBCH11", AlertCode.NO_SUB_GHZ_CAPACITY, device=bytes(device))
        return "finds no more capacity at sub-GHz"

    @property
    def _configuration(self) -> dict[str, Value]:
        configuration: dict[str, Value] = self._device.cosem.get(o.SUB_GHZ_CONFIGURATION_SETTINGS, "value")
        return configuration

    def _configured(self, value: Value) -> None:
        def tell() -> None:
            self._device.log_event(AlertCode.SUB_GHZ_CONFIGURED)
            self._alert("DBCH09", AlertCode.SUB_GHZ_CONFIGURED, sub_ghz_configuration=value)

        self._device.afterwards.append(tell)

    def _scan_requested(self, value: Value) -> None:
        self._device.afterwards.append(lambda: self.scan(value))

    def _alert(self, use_case: str, code: AlertCode, **values: Value) -> None:
        self._device.alert(use_case, code, to=RemotePartyRole.ACCESS_CONTROL_BROKER, **values)

    def _keep(self) -> None:
        state = {
            "devices": sorted(map(bytes.hex, self._devices)),
            "suspended": sorted(map(bytes.hex, self._suspended)),
            "duty_cycle": self._duty_cycle,
        }
        self._device.store[_STATE] = json.dumps(state).encode()


def described(message: Message) -> dict[str, Value]:
    """What an alert says of a message that was not delivered."""
    return {
        "originator_id": message.originator,
        "target_id": message.recipient,
        "cra_flag": message.cra.value,
        "originator_counter": message.originator_counter,
    }


def channel_bits(page: int, channel: int) -> str:
    """A channel as the use cases have it: page in 5 bits, then a bit for every channel, the last one for channel 0.

    Raises:
        ValueError: there is no such channel.
    """
    if page not in PAGES or channel not in CHANNELS:
        raise ValueError(f"page {page} channel {channel}: pages are 28 to 31, channels 0 to 26")
    return f"{page:05b}{1 << channel:027b}"


def new_configuration() -> Iterator[Attribute]:
    """What a new hub operates on, and within which limits: all channels, and a manufacturer's choice."""
    every = "1" * len(CHANNELS)
    yield Attribute(o.OPERATING_SUB_GHZ_CHANNEL, "value", channel_bits(PAGES[0], 0))
    yield Attribute(
        o.SUB_GHZ_CONFIGURATION_SETTINGS,
        "value",
        {
            **{f"page{page}_mask": f"{page:05b}{every}" for page in PAGES},
            "normal_limited_duty_cycle_threshold": 120,
            "limited_critical_duty_cycle_threshold": 200,
            "channel_changes_per_week": 2,
            "gsme_curfew": 7,
            "quieter_decibels_limit": 6,
            "noisier_decibels_limit": 10,
            "non_gsme_poor_comms_percentage": 6000,
            "non_gsme_measurement_periods": 3,
            "local_ch_noise_measurement_period": 60,
            "local_ch_failure_percentage": 4000,
            "local_ch_retry_percentage": 3000,
        },
    )
