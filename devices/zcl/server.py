"""A ZCL server: attributes by cluster, and the components of a command executed on them.

It knows values and status codes; messages, keys and time are other people's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from devices.errors import ComponentFailed
from devices.store import Store
from devices.zcl.instances import attributes, key_of
from gbcs.cosem.types import Value
from gbcs.cursor import Cursor
from gbcs.device_type import DeviceType
from gbcs.errors import UseCaseError
from gbcs.gbz.attributes import AttributeList, Failed
from gbcs.gbz.clusters import events
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.components import Component
from gbcs.gbz.exchange import Exchange
from gbcs.gbz.model import Attribute, Command
from gbcs.gbz.status import Status
from gbcs.usecases.model import Payload

Fields: TypeAlias = Mapping[str, Value]
#: Executes a command: gives the fields of the answer, a list of them where there may be several, or None where a
#: Default Response says it all. May raise `ComponentFailed`.
Handler: TypeAlias = Callable[[Fields], Value]


class _Fault(NamedTuple):
    status: Status
    hits: Callable[[Fields], bool]


class ZclServer:
    """Attributes and commands of one device.

    An attribute is kept as its octets, so that whatever is read is a value of the attribute's type. One that nobody has
    given a value yet is unsupported.
    """

    def __init__(self, store: Store, device_type: DeviceType, values: Iterable[tuple[Attribute, Value]] = ()) -> None:
        """A server with the attributes that the use cases of `device_type` read; `values` are those of a new device.

        Raises:
            gbcs.errors.UseCaseError: a value that is not of its attribute's type.
        """
        self._store = store
        self._attributes = attributes(device_type)
        self._own = {key_of(attribute): attribute.type.encode(value) for attribute, value in values}
        self._handlers: dict[str, Handler] = {}
        self._faults: dict[str, _Fault] = {}

    def handle(self, command: Command, handler: Handler) -> None:
        """Makes `handler` execute a command."""
        self._handlers[key_of(command)] = handler

    def fail(
        self,
        what: Attribute | Command,
        status: Status | None = Status.HARDWARE_FAILURE,
        *,
        when: Callable[[Fields], bool] = lambda _: True,
    ) -> None:
        """Breaks an attribute, or a command whose fields `when` holds for: whoever asks for it gets `status`.

        None mends it.
        """
        if status is None:
            self._faults.pop(key_of(what), None)
        else:
            self._faults[key_of(what)] = _Fault(status, when)

    @property
    def faults(self) -> Mapping[str, Status]:
        """What is broken, by key, and what it answers."""
        return {key: fault.status for key, fault in self._faults.items()}

    def has(self, attribute: Attribute) -> bool:
        """Whether the device has an attribute."""
        return key_of(attribute) in self._attributes

    def get(self, attribute: Attribute) -> Value:
        """The value of an attribute.

        Raises:
            ComponentFailed: it has none.
        """
        key = key_of(attribute)
        octets = self._store.get(key, self._own.get(key))
        if octets is None or key not in self._attributes:
            raise ComponentFailed(Status.UNSUPPORTED_ATTRIBUTE)
        return attribute.type.decode(Cursor(octets))

    def set(self, attribute: Attribute, value: Value) -> None:
        """Gives an attribute a value.

        Raises:
            ComponentFailed: the device has no such attribute.
            gbcs.errors.UseCaseError: the value is not of the attribute's type.
        """
        if not self.has(attribute):
            raise ComponentFailed(Status.UNSUPPORTED_ATTRIBUTE)
        self._store[key_of(attribute)] = attribute.type.encode(value)

    def execute(self, form: ComponentList, request: Payload) -> Payload:
        """Executes the components in order and says how each went.

        After one that fails none is executed any more; that there is nothing to find is no failure (GBCS 7.2.10).
        """
        items: list[Component] = []
        failed = False
        for item in request.items_in_order:
            exchange, at = form.exchange(item.name)
            if failed:
                name = exchange.label(at, response=True)
                items.append(Component(name, result=Status.FAILURE, executed=False))
                continue
            answers = self._execute(exchange, at, item.value)
            failed = any(each.result not in (Status.SUCCESS, Status.NOT_FOUND) for each in answers)
            items += answers
        return Payload(tuple(items))

    def _execute(self, exchange: Exchange, at: int, fields: Value) -> list[Component]:
        name = exchange.label(at, response=True)
        body = exchange.command.body
        if isinstance(body, AttributeList):
            records = {attribute.name: self._record(attribute) for attribute in body.attributes}
            failures = (record.status for record in records.values() if isinstance(record, Failed))
            return [Component(name, records, next(failures, Status.SUCCESS))]
        try:
            answer = self._perform(exchange, at, fields)
        except ComponentFailed as failure:
            return [Component(name, _REFUSALS.get(key_of(exchange.command)), failure.status)]
        if exchange.answers == 1:
            return [Component(name, answer, Status.SUCCESS)]
        names = [exchange.label(number, response=True) for number in range(len(answer))]
        return [Component(name, each, Status.SUCCESS) for name, each in zip(names, answer, strict=True)]

    def _record(self, attribute: Attribute) -> Value:
        fault = self._faults.get(key_of(attribute))
        if fault:
            return Failed(fault.status)
        try:
            return self.get(attribute)
        except ComponentFailed as failure:
            return Failed(failure.status)

    def _perform(self, exchange: Exchange, at: int, fields: Fields) -> Value:
        key = key_of(exchange.command)
        fault = self._faults.get(key)
        if fault and fault.hits(fields):
            raise ComponentFailed(fault.status)
        if key not in self._handlers:
            raise ComponentFailed(Status.UNSUPPORTED_CLUSTER_COMMAND)
        try:
            exchange.check(at, fields)
        except UseCaseError:
            raise ComponentFailed(Status.INVALID_FIELD) from None
        return self._handlers[key](fields)


#: Commands whose failure is told in their own answer, not in a Default Response (reference data of CS11).
_REFUSALS: dict[str, Fields] = {key_of(events.CLEAR_EVENT_LOG_REQUEST): {"cleared_event_logs": 0x00}}
