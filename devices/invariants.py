"""What holds for every exchange with a device, checked from outside, message by message.

Thirteen invariants are what held for all pairs of command and response of the reference data; the fourteenth is that
the counters which a device originates rise. Nothing here makes answers: an observer reads octets, by the codec alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple, TypeAlias

from devices.device import Device, label
from devices.errors import DeviceError
from devices.observer import Observer
from gbcs.asn1.types import NEVER
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.skip import skip
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.gbz.components import Frame, decode_frames
from gbcs.gbz.exchange import is_default_response
from gbcs.gbz.types import Time
from gbcs.message import Cra, Message
from gbcs.usecases.catalogue import use_case_of
from gbcs.usecases.model import Context, Payload, UseCase

_GET, _GET_WITH_SELECTION = 1, 4
_OTHER_REASON = 250
_BROKER_BY_BROKER = 0x0104
_FIRMWARE = 0x0012
#: Components that answer one request component by several, by the use case tables.
_MANY_ANSWERS = ("GCS21b", "GCS21f")
#: Use cases that answer a command for later, or that cancels one, with the NULL that accepts it.
_WHOLE_COMMANDS = ("CS02b", "CS02g", "CS06")
_MODES_OF_LOAD_CONTROLLERS = {10: 0x0125, 11: 0x0126}


class Invariant(IntEnum):
    """The invariants, by their number."""

    ECHO = 1
    COMMANDS_ARE_UNDATED = 2
    SUPPLEMENTARY = 3
    CRITICAL_IS_SIGNED = 4
    MAC_FOR_MAC = 5
    SIGNATURE_FOR_SIGNATURE = 6
    DLMS_COUNTS = 7
    DLMS_FAILURES = 8
    DLMS_HEAD = 9
    GBZ_COUNTS = 10
    SAME_FOR_LATER = 11
    ACCEPTED_FOR_LATER = 12
    CANCELLED_IS_SILENT = 13
    COUNTERS_RISE = 14


class Violation(NamedTuple):
    """What was wrong with which message."""

    invariant: Invariant
    message: str
    reason: str

    def __str__(self) -> str:
        return f"invariant {self.invariant}, {self.message}: {self.reason}"


class InvariantError(DeviceError):
    """A device has sent what no device may send.

    Attributes:
        violations: all that was wrong with the exchange.
    """

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(map(str, violations)))
        self.violations = tuple(violations)


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A command that was answered, and its response."""

    command: Message
    response: Message
    use_case: UseCase | None
    request: Payload | None
    time: datetime

    @property
    def code(self) -> str:
        return self.use_case.code if self.use_case else ""

    @property
    def kind(self) -> str | None:
        return self.use_case.payload_kind if self.use_case else None


#: What is wrong with an exchange, in words; nothing where nothing is.
_Check: TypeAlias = Callable[[_Exchange], Iterator[str]]


class Invariants(Observer):
    """Watches one device, from its first message on and over its restarts.

    ::

        esme.observers.append(Invariants())

    Attributes:
        violations: all that were seen.
    """

    def __init__(self) -> None:
        self.violations: list[Violation] = []
        self._counter: int | None = None
        self._shapes: dict[tuple[object, ...], object] = {}
        self._orders = _Orders()
        self._command: bytes | None = None
        self._sent: list[bytes] = []

    def received(self, device: Device, octets: bytes) -> None:
        """See `devices.observer.Observer`."""
        del device
        self._command = octets

    def sent(self, device: Device, octets: bytes) -> None:
        """See `devices.observer.Observer`."""
        if self._command is None:
            self.exchange(None, [octets], device.time)
        else:
            self._sent.append(octets)

    def handled(self, device: Device) -> None:
        """See `devices.observer.Observer`."""
        command, self._command = self._command, None
        sent, self._sent = self._sent, []
        self.exchange(command, sent, device.time)

    def exchange(self, command: bytes | None, sent: Sequence[bytes], time: datetime) -> None:
        """Checks what a device has sent because of a command, or by itself.

        Args:
            command: the octets that it received; None where time passed and nothing else.
            sent: what it sent then, in order.
            time: what the device takes for the time.

        Raises:
            InvariantError: any of it breaks an invariant.
        """
        found: list[Violation] = []
        asked = _message(command)
        for octets in sent:
            message = _message(octets)
            if message is None:
                found.append(Violation(Invariant.ECHO, octets[:16].hex(), "the device sent what is not a message"))
                continue
            wrong = self._response(asked, message, time) if message.cra is Cra.RESPONSE else self._alert(message)
            found += (Violation(invariant, label(message), reason) for invariant, reason in wrong)
            if message.cra is Cra.RESPONSE:
                asked = None  # a second response answers nothing
        self.violations += found
        if found:
            raise InvariantError(found)

    def _response(self, command: Message | None, response: Message, time: datetime) -> Iterator[_Finding]:
        if command is None:
            yield Invariant.ECHO, "it answers no command"
            return
        use_case = use_case_of(command)
        exchange = _Exchange(command, response, use_case, _payload(use_case, command), time)
        for invariant, check in _CHECKS:
            try:
                yield from ((invariant, reason) for reason in check(exchange))
            except DecodeError as error:
                yield invariant, str(error)
        yield from ((Invariant.SAME_FOR_LATER, reason) for reason in self._same(exchange))
        if response.supplementary and response.supplementary.originator_counter is not None:
            yield from self._rises(response.supplementary.originator_counter)
        self._orders.take(exchange)

    def _alert(self, alert: Message) -> Iterator[_Finding]:
        yield from self._rises(alert.originator_counter)
        order = _ordered(alert)
        if order is not None and self._orders.executed(alert.recipient, *order):
            yield Invariant.CANCELLED_IS_SILENT, f"it tells of command {order[0]:04x} of counter {order[1]}"

    def _rises(self, counter: int) -> Iterator[_Finding]:
        if self._counter is not None and counter <= self._counter:
            yield Invariant.COUNTERS_RISE, f"counter {counter} after {self._counter}"
        self._counter = max(counter, self._counter or 0)

    def _same(self, exchange: _Exchange) -> Iterator[str]:
        """Whether a command for later is answered like the one for now that came before, or the other way round."""
        if not exchange.use_case or not exchange.use_case.future_dateable or exchange.kind == "asn1":
            return
        try:
            shape = _shape_of_success(exchange)
        except DecodeError:
            return  # other invariants tell
        if shape is None:
            return
        before = self._shapes.setdefault((exchange.code, *(exchange.request or ())), shape)
        if shape != before:
            yield f"{shape} where the same command had {before} before"


_Finding: TypeAlias = tuple[Invariant, str]


@dataclass(slots=True)
class _Orders:
    """Commands for later, by who sent them and their message code: which wait, and which were cancelled."""

    waiting: dict[tuple[Eui64, int], set[int]] = field(default_factory=dict)
    cancelled: set[tuple[Eui64, int, int]] = field(default_factory=set)

    def take(self, exchange: _Exchange) -> None:
        """Learns what a command for later, or one that cancels such, has led to."""
        if exchange.request is None or not _succeeded(exchange):
            return
        command = exchange.command
        place = command.originator, command.message_code
        moments = list(_moments(exchange.use_case, exchange.request))
        if set(moments) == {_CANCEL}:
            self.cancelled |= {(*place, counter) for counter in self.waiting.pop(place, ())}
        elif _LATER in moments:
            self.waiting.setdefault(place, set()).add(command.originator_counter)
            self.cancelled.discard((*place, command.originator_counter))

    def executed(self, originator: Eui64, message_code: int, counter: int) -> bool:
        """Learns that a command's time has come; whether it had been cancelled."""
        self.waiting.get((originator, message_code), set()).discard(counter)
        return (originator, message_code, counter) in self.cancelled


def _message(octets: bytes | None) -> Message | None:
    try:
        return None if octets is None else Message.decode(octets)
    except DecodeError:
        return None


def _payload(use_case: UseCase | None, message: Message) -> Payload | None:
    try:
        return use_case.payload.decode(Context(message)) if use_case and use_case.payload else None
    except DecodeError:
        return None


# Header and protection.


def _echo(exchange: _Exchange) -> Iterator[str]:
    command, response = exchange.command, exchange.response
    if response.originator_counter != command.originator_counter:
        yield f"the counter is not {command.originator_counter}"
    if (response.originator, response.recipient) != (command.recipient, command.originator):
        yield "originator and recipient are not those of the command, swapped"
    if response.message_code != command.message_code:
        yield f"the message code is not {command.message_code:04x}"


def _undated(exchange: _Exchange) -> Iterator[str]:
    if exchange.command.date_time is not None:
        yield "a command with a date-time was answered"


def _supplementary(exchange: _Exchange) -> Iterator[str]:
    extra, echoed = exchange.command.supplementary, exchange.response.supplementary
    pairs = [each and (each.party, each.party_counter) for each in (extra, echoed)]
    if pairs[0] != pairs[1]:
        yield "the supplementary party and counter are not those of the command"


def _protection(signed: bool, maced: bool, wanted: str) -> _Check:
    """The check of commands with that protection. The signed response has no MAC, the other has nothing but a MAC."""

    def check(exchange: _Exchange) -> Iterator[str]:
        command, response = exchange.command, exchange.response
        if (bool(command.signature), command.mac is not None) != (signed, maced):
            return
        is_signed = bool(response.signature) and response.mac is None
        is_maced = response.signature == b"" and response.mac is not None
        is_right = is_signed if signed or command.message_code == _BROKER_BY_BROKER else is_maced
        if not is_right:
            yield f"{wanted} belongs to it"

    return check


# DLMS COSEM.


class _Results(NamedTuple):
    """A DLMS response: which data are null, and kind and code of each result."""

    nulls: list[bool]
    results: list[tuple[int, int]]


def _read_results(response: Message) -> _Results:
    cursor = Cursor(response.content)
    cursor.take(1 + 4 + 1 + 1, "head")
    nulls = []
    for _ in range(cursor.length("data.count")):
        nulls.append(cursor.peek() == 0)
        skip(cursor)
    results = []
    for _ in range(cursor.length("results.count")):
        kind, code = cursor.take(2, "result")
        results.append((kind, code))
    cursor.finish("content")
    return _Results(nulls, results)


def _dlms(check: Callable[[_Exchange, _Results], Iterator[str]]) -> _Check:
    def checked(exchange: _Exchange) -> Iterator[str]:
        if exchange.kind == "dlms":
            yield from check(exchange, _read_results(exchange.response))

    return checked


def _read_specifications(command: Message) -> list[int]:
    """Kinds of the accesses that a command asks for."""
    cursor = Cursor(command.content)
    cursor.take(1 + 4 + 1, "head")
    kinds = []
    for _ in range(cursor.length("specifications.count")):
        kind, *_ = cursor.take(1 + 2 + 6 + 1, "specification")
        if kind == _GET_WITH_SELECTION:
            cursor.take(1, "selector")
            skip(cursor)
        kinds.append(_GET if kind == _GET_WITH_SELECTION else kind)
    return kinds


@_dlms
def _counts(exchange: _Exchange, read: _Results) -> Iterator[str]:
    wanted = _read_specifications(exchange.command)
    if len(read.nulls) != len(wanted):
        yield f"{len(read.nulls)} data to {len(wanted)} accesses"
    if [kind for kind, _ in read.results] != wanted:
        yield f"results of kinds {[kind for kind, _ in read.results]} to accesses of kinds {wanted}"


@_dlms
def _failures(exchange: _Exchange, read: _Results) -> Iterator[str]:
    del exchange
    codes = [code for _, code in read.results]
    first = next((at for at, code in enumerate(codes) if code), len(codes))
    if any(code != _OTHER_REASON for code in codes[first + 1 :]):
        yield f"results {codes}: after the first that is not 0 belongs {_OTHER_REASON}"
    if not all(read.nulls[first:]):
        yield f"data at or behind access {first + 1}, which failed"


def _head(exchange: _Exchange) -> Iterator[str]:
    if exchange.kind != "dlms":
        return
    counter = exchange.response.originator_counter.to_bytes(8, "big")
    # access-response, long-invoke-id-and-priority, no date-time, no copy of the request
    head = b"\xda\x20" + counter[-3:] + b"\0\0"
    if not exchange.response.content.startswith(head):
        yield f"it begins with {exchange.response.content[:7].hex()} where {head.hex()} belongs"


# GBZ.


def _components(exchange: _Exchange) -> Iterator[str]:
    if exchange.kind == "gbz" and exchange.code not in _MANY_ANSWERS:
        # The profile identifier, then the number of components.
        counts = [message.content[2:3] for message in (exchange.command, exchange.response)]
        if counts[0] != counts[1]:
            yield f"{counts[1].hex()} components to {counts[0].hex()}"


def _frames(response: Message) -> list[Frame]:
    cursor = Cursor(response.content)
    cursor.take(2, "profile_id")
    return list(decode_frames(cursor, cursor.uint(1, "components.count")))


# Future-dated commands.

_LATER, _CANCEL, _AT_ONCE = "later", "cancel", "at once"


def _moments(use_case: UseCase | None, request: Payload) -> Iterator[str]:
    """What each activation time of a command says; a moment that has passed at receipt counts as later."""
    if use_case is None or not use_case.future_dateable:
        return
    if use_case.payload_kind == "asn1":
        moment = request.get("execution_date_time")
        yield _AT_ONCE if moment is None else _CANCEL if moment == NEVER else _LATER
        return
    for item in request.items_in_order:
        if isinstance(item.value, CosemDateTime):
            words = {CosemDateTime.NEVER: _CANCEL, CosemDateTime.NOW: _AT_ONCE}
            yield words.get(item.value, _LATER)
        elif isinstance(item.value, dict):
            yield from _gbz_moments(use_case, item.name, item.value)


def _gbz_moments(use_case: UseCase, name: str, fields: dict[str, Any]) -> Iterator[str]:
    exchanges = getattr(use_case.payload, "exchanges", ())
    exchange = next((each for each in exchanges if name == each.name or name.startswith(f"{each.name}_")), None)
    for each, declared in exchange.fields.fields.items() if exchange else ():
        if isinstance(declared, Time) and {"now", "cancel"} <= set(declared.words.values()) and each in fields:
            word = declared.words.get(fields[each])
            yield _CANCEL if word == "cancel" else _LATER if word is None else _AT_ONCE


def _accepted(exchange: _Exchange) -> Iterator[str]:
    if exchange.code not in _WHOLE_COMMANDS or exchange.request is None:
        return
    moment = exchange.request.get("execution_date_time")
    if moment is None or moment <= exchange.time:
        return
    answer = _payload(exchange.use_case, exchange.response)
    if answer is None or dict(answer) != {"command_accepted": None}:
        yield "more than that the command was accepted, which is for later or cancels"


def _succeeded(exchange: _Exchange) -> bool:
    try:
        return exchange.kind == "asn1" or _shape_of_success(exchange) is not None
    except DecodeError:
        return False


def _shape_of_success(exchange: _Exchange) -> object | None:
    """What a DLMS or GBZ response consists of, whatever its values; None where anything failed."""
    if exchange.kind == "dlms":
        read = _read_results(exchange.response)
        return None if any(code for _, code in read.results) else list(zip(read.nulls, read.results, strict=False))
    frames = _frames(exchange.response)
    if any(is_default_response(frame) and frame.body[1:2] != b"\0" for frame in frames):
        return None
    return [(frame.cluster, frame.command_id) for frame in frames]


def _ordered(alert: Message) -> tuple[int, int] | None:
    """Message code and counter of the command whose execution an alert tells of."""
    use_case = use_case_of(alert)
    payload = _payload(use_case, alert)
    if use_case is None or payload is None:
        return None
    if use_case.code == "FDFAA":
        return _FIRMWARE, payload["originator_counter"]
    if use_case.code in ("FDUSCA", "FDULCSCA"):
        outcome = payload["execution_outcome"]
        mode = outcome["credentials_replacement_mode"]
        code = _MODES_OF_LOAD_CONTROLLERS.get(mode, 0x0100 + mode)
        return code, outcome["authorising_remote_party_seq_number"]
    told = payload["instruction"] if use_case.code == "FDEIA-DLMS" else payload
    return (told["message_code"], told["originator_counter"]) if use_case.code.startswith("FDEIA") else None


_CHECKS: Sequence[tuple[Invariant, _Check]] = (
    (Invariant.ECHO, _echo),
    (Invariant.COMMANDS_ARE_UNDATED, _undated),
    (Invariant.SUPPLEMENTARY, _supplementary),
    (Invariant.CRITICAL_IS_SIGNED, _protection(True, True, "a signature and no MAC")),
    (Invariant.MAC_FOR_MAC, _protection(False, True, "a MAC and no signature, but for the broker's CS02b,")),
    (Invariant.SIGNATURE_FOR_SIGNATURE, _protection(True, False, "a signature and no MAC")),
    (Invariant.DLMS_COUNTS, _counts),
    (Invariant.DLMS_FAILURES, _failures),
    (Invariant.DLMS_HEAD, _head),
    (Invariant.GBZ_COUNTS, _components),
    (Invariant.ACCEPTED_FOR_LATER, _accepted),
)
