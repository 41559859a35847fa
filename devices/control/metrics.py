"""Figures of a process for Prometheus: messages, refusals, times, and what the devices keep."""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from devices.cosem.log import count_entries
from devices.device import Device
from devices.observer import Observer
from gbcs.errors import DecodeError
from gbcs.message import Message
from gbcs.usecases.catalogue import use_case_of

_UNKNOWN = "unknown"
#: The alert that answers a command which is not supported.
_NOT_SUPPORTED = "ECS100"
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics(Observer):
    """Counts what passes; one for all devices of a process."""

    def __init__(
        self,
        devices: Callable[[], Collection[Device]],
        links: Callable[[], Mapping[str, bool]],
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`devices` and `links` are asked when somebody reads the figures."""
        self._registry = CollectorRegistry()
        self._received = Counter(
            "gbcs_messages_received",
            "Messages that came, by what the device made of them: answered, refused, unanswered",
            ("use_case", "outcome"),
            registry=self._registry,
        )
        self._sent = Counter("gbcs_messages_sent", "Messages that left", ("use_case", "kind"), registry=self._registry)
        self._refusals = Counter(
            "gbcs_commands_refused", "Commands refused, by security log code", ("code",), registry=self._registry
        )
        self._seconds = Histogram(
            "gbcs_receive_seconds",
            "From a message's coming until all that it causes at once is in the store",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._registry.register(_Holdings(devices, links))
        self._stopwatch = stopwatch
        self._begun = 0.0
        self._use_case, self._outcome = _UNKNOWN, ""

    def text(self) -> str:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry).decode()

    def received(self, device: Device, octets: bytes) -> None:
        """See `devices.observer.Observer`."""
        del device
        self._use_case, _ = _described(octets)
        self._outcome = "unanswered"
        self._begun = self._stopwatch()

    def refused(self, device: Device, code: int) -> None:
        """See `devices.observer.Observer`."""
        del device
        self._outcome = "refused"
        self._refusals.labels(f"0x{code:04x}").inc()

    def sent(self, device: Device, octets: bytes) -> None:
        """See `devices.observer.Observer`."""
        del device
        use_case, kind = _described(octets)
        if self._outcome == "unanswered" and (kind == "response" or use_case == _NOT_SUPPORTED):
            self._outcome = "answered"
        self._sent.labels(use_case, kind).inc()

    def handled(self, device: Device) -> None:
        """See `devices.observer.Observer`."""
        del device
        self._seconds.observe(self._stopwatch() - self._begun)
        self._received.labels(self._use_case, self._outcome).inc()


class _Holdings(Collector):
    """What there is at the moment; nothing is kept for it in between."""

    def __init__(self, devices: Callable[[], Collection[Device]], links: Callable[[], Mapping[str, bool]]) -> None:
        self._devices = devices
        self._links = links

    def collect(self) -> Iterator[GaugeMetricFamily]:
        there: Tally[tuple[str, ...]] = Tally()
        powered: Tally[tuple[str, ...]] = Tally()
        octets: Tally[tuple[str, ...]] = Tally()
        entries: Tally[tuple[str, ...]] = Tally()
        for device in self._devices():
            kind = device.device_type.value
            there[kind,] += 1
            powered[kind,] += device.is_powered
            octets[kind,] += sum(map(len, device.store.data.values()))
            for name, count in count_entries(device.store.data).items():
                entries[kind, name] += count
        links = {(name,): int(state) for name, state in self._links().items()}
        for name, text, labels, values in (
            ("gbcs_devices", "Devices of the process", ("type",), there),
            ("gbcs_devices_powered", "Devices that have current", ("type",), powered),
            ("gbcs_stored_octets", "Octets that the devices keep", ("type",), octets),
            ("gbcs_log_entries", "Entries in the devices' logs", ("type", "log"), entries),
            ("gbcs_link_up", "Whether a link is there", ("link",), links),
        ):
            family = GaugeMetricFamily(name, text, labels=labels)
            for key, value in values.items():
                family.add_metric(key, value)
            yield family


def _described(octets: bytes) -> tuple[str, str]:
    """Use case and kind of a message."""
    try:
        message = Message.decode(octets)
    except DecodeError:
        return _UNKNOWN, _UNKNOWN
    use_case = use_case_of(message)
    return (use_case.code if use_case else _UNKNOWN), message.kind.value
