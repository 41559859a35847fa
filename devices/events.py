"""What happens on a device, told: entries in its logs, and alerts to its parties as these want it (GBCS 16, SMETS 5.5).

Codes 0x8Fxx are mandated. Of the others the supplier (0x81xx) and the network operator (0x80xx) say, bit by bit, which
are logged and which are sent (use cases ECS25a to ECS25b3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from devices.cosem.log import Log
from devices.cosem.server import CosemServer
from gbcs.cosem import objects as o
from gbcs.cosem.objects import CosemObject
from gbcs.cosem.types import Value
from gbcs.roles import RemotePartyRole

_CODES = 256


class LogEntry(NamedTuple):
    """What happened (alert code) and when, by the device's clock (to the second)."""

    time: datetime
    code: int


class Journal:
    """One of the device's logs of codes, oldest entry first."""

    def __init__(self, log: Log, clock: Callable[[], datetime]) -> None:
        self._log = log
        self._clock = clock

    def append(self, code: int, **fields: Value) -> None:
        """Adds an entry of now."""
        self._log.append({"timestamp": seconds_of(self._clock()), "log_code": code, **fields})

    def __iter__(self) -> Iterator[LogEntry]:
        for entry in self._log.read():
            yield LogEntry(moment_of(entry["timestamp"]), entry["log_code"])


class Behaviour(NamedTuple):
    """The bits of one party's codes: what is written to change them, and what they are."""

    written: CosemObject
    current: CosemObject


_LOGGING, _WAN = 0, 1
#: High octet of the codes, and whose they are: logging, alerts over the WAN.
_CONFIGURABLE = {
    0x81: (
        RemotePartyRole.SUPPLIER,
        (
            Behaviour(o.SUPPLIER_LOGGING, o.SUPPLIER_LOGGING_CURRENT),
            Behaviour(o.SUPPLIER_WAN_ALERTS, o.SUPPLIER_WAN_ALERTS_CURRENT),
            Behaviour(o.SUPPLIER_HAN_ALERTS, o.SUPPLIER_HAN_ALERTS_CURRENT),
            Behaviour(o.SUPPLIER_ALARMS, o.SUPPLIER_ALARMS_CURRENT),
        ),
    ),
    0x80: (
        RemotePartyRole.NETWORK_OPERATOR,
        (
            Behaviour(o.NETWORK_OPERATOR_LOGGING, o.NETWORK_OPERATOR_LOGGING_CURRENT),
            Behaviour(o.NETWORK_OPERATOR_WAN_ALERTS, o.NETWORK_OPERATOR_WAN_ALERTS_CURRENT),
        ),
    ),
}


class Behaviours:
    """Which of the configurable codes are logged and sent.

    What is written are 256 bits that say which codes change and 256 that say to what; the last bit of each stands for
    the code that ends with 00.
    """

    def __init__(self, cosem: CosemServer) -> None:
        self._cosem = cosem
        #: Bits by label of the object that has them, for they are asked for with every command.
        self._bits: dict[str, str] = {}
        for _, behaviours in _CONFIGURABLE.values():
            for behaviour in behaviours:
                if cosem.has(behaviour.written, "value"):
                    cosem.watch(behaviour.written, "value", partial(self._change, behaviour.current))
                if cosem.has(behaviour.current, "value"):
                    cosem.watch(behaviour.current, "value", partial(self._bits.__setitem__, behaviour.current.label))

    def logs(self, code: int) -> bool:
        """Whether the code goes into a log; mandated codes always do."""
        return self._is_on(code, _LOGGING)

    def recipient(self, code: int) -> RemotePartyRole | None:
        """To whom an alert of a configurable code goes; None where nobody wants one."""
        return _CONFIGURABLE[code >> 8][0] if code >> 8 in _CONFIGURABLE and self._is_on(code, _WAN) else None

    def _is_on(self, code: int, which: int) -> bool:
        configurable = _CONFIGURABLE.get(code >> 8)
        if configurable is None:
            return True
        current = configurable[1][which].current
        bits = self._bits.get(current.label)
        if bits is None:
            # Without such an object everything is logged, and nothing sent.
            has_bits = self._cosem.has(current, "value")
            bits = self._cosem.get(current, "value") if has_bits else str(int(which == _LOGGING)) * _CODES
            self._bits[current.label] = bits
        return bits[_CODES - 1 - (code & 0xFF)] == "1"

    def _change(self, current: CosemObject, value: str) -> None:
        mask, actions = value[:_CODES], value[_CODES:]
        bits = self._cosem.get(current, "value")
        changed = (new if change == "1" else old for change, new, old in zip(mask, actions, bits, strict=True))
        self._cosem.set(current, "value", "".join(changed))


def seconds_of(moment: datetime) -> int:
    """Seconds since 2000, as logs count time."""
    return (moment - _EPOCH) // _SECOND & 0xFFFFFFFF


def moment_of(seconds: int) -> datetime:
    """The inverse of `seconds_of`."""
    return _EPOCH + timedelta(seconds=seconds)


_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_SECOND = timedelta(seconds=1)
