"""A COSEM server: instances of the catalogue's objects, and the accesses of a command performed on them.

It knows values and result codes; messages, keys and time are other people's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from devices.cosem.instances import NO_INSTANCES, Attribute, Instances, key_of
from devices.cosem.log import Log
from devices.cosem.values import least
from devices.errors import AccessFailed
from devices.store import Store
from gbcs.cosem.composite import Array
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.objects import CosemObject, Member
from gbcs.cosem.objects.classes import PROFILE_GENERIC
from gbcs.cosem.results import AccessResult
from gbcs.cosem.types import SECONDS, DataType, Value
from gbcs.cursor import Cursor
from gbcs.errors import UseCaseError
from gbcs.usecases.access import Access, AccessKind
from gbcs.usecases.model import Item, Payload

Handler: TypeAlias = Callable[[Value], None]
#: Executes a method; what it gives is the method's return parameter, None where it has none.
Method: TypeAlias = Callable[[Value], Value]


class CosemServer:
    """Attributes and methods of one device.

    An attribute is kept as its octets (A-XDR), so that whatever is read is a value of the attribute's type and nobody
    else's. Those that were ever set are part of the device's state. The buffer of a profile generic object is a log.

    Attributes:
        on_entry: is called with the object of a log and its new entry.
    """

    def __init__(self, store: Store, attributes: Iterable[Attribute] = (), instances: Instances = NO_INSTANCES) -> None:
        """What the device has: `instances`, and `attributes` with values of their own.

        Raises:
            gbcs.errors.UseCaseError: a value that is not of its attribute's type.
        """
        self._store = store
        self._instances = instances
        self._own: dict[str, bytes] = {}
        self._computed: dict[str, Callable[[], Value]] = {}
        self._assigned: dict[str, Handler] = {}
        self._methods: dict[str, Method] = {}
        self._watchers: dict[str, list[Handler]] = {}
        self._logs: dict[str, Log] = {}
        self._faults: dict[str, AccessResult] = {}
        self.on_entry: Callable[[CosemObject, Value], None] = lambda _object, _entry: None
        for cosem_object, name, value in attributes:
            member = cosem_object.member(name)
            self._own[key_of(member)] = member.type.encode(value)

    def compute(
        self,
        cosem_object: CosemObject,
        attribute: str,
        function: Callable[[], Value],
        assign: Handler | None = None,
    ) -> None:
        """Makes `function` the source of an attribute; it may raise `AccessFailed`. `assign` takes what is set."""
        key = key_of(cosem_object.member(attribute))
        self._computed[key] = function
        if assign:
            self._assigned[key] = assign

    def handle(self, cosem_object: CosemObject, method: str, handler: Method) -> None:
        """Makes `handler` execute a method; it takes the parameter and may raise `AccessFailed`."""
        self._methods[key_of(cosem_object.member(method))] = handler

    def watch(self, cosem_object: CosemObject, attribute: str, handler: Handler) -> None:
        """Calls `handler` with each new value of an attribute before it stands; it may raise `AccessFailed`."""
        self._watchers.setdefault(key_of(cosem_object.member(attribute)), []).append(handler)

    def fail(
        self, cosem_object: CosemObject, name: str, result: AccessResult | None = AccessResult.HARDWARE_FAULT
    ) -> None:
        """Breaks an attribute or method: whoever accesses it gets `result`. None mends it."""
        key = key_of(cosem_object.member(name))
        if result is None:
            self._faults.pop(key, None)
        else:
            self._faults[key] = result

    @property
    def faults(self) -> Mapping[str, AccessResult]:
        """What is broken, by the keys of `devices.cosem.instances.key_of`, and what whoever accesses it gets."""
        return self._faults

    def log(self, cosem_object: CosemObject) -> Log:
        """The log that a profile generic object holds."""
        label = cosem_object.label
        if label not in self._logs:
            buffer = cosem_object.member("buffer")
            self._logs[label] = Log(self._store, buffer, lambda entry: self.on_entry(cosem_object, entry))
        return self._logs[label]

    def get(self, cosem_object: CosemObject, attribute: str) -> Value:
        """The value of an attribute.

        Raises:
            AccessFailed: object undefined, or what a computed attribute says.
        """
        return self._get(cosem_object.member(attribute))

    def octets(self, cosem_object: CosemObject, attribute: str) -> bytes:
        """What an attribute that the device has, and that is not computed, is kept as (A-XDR)."""
        return self._octets(key_of(cosem_object.member(attribute)))

    def set(self, cosem_object: CosemObject, attribute: str, value: Value) -> None:
        """Gives an attribute a value.

        Raises:
            AccessFailed: object undefined, or what a watcher says.
            gbcs.errors.UseCaseError: the value is not of the attribute's type.
        """
        member = cosem_object.member(attribute)
        self._set(member, member.type, value)

    def has(self, cosem_object: CosemObject, name: str) -> bool:
        """Whether the device has an attribute or method."""
        return self._has(cosem_object.member(name))

    def execute(self, accesses: Iterable[Access], request: Payload) -> Payload:
        """Performs the accesses in order and says how each went.

        After the first that fails none is performed any more (other-reason), and what was done before it stays done:
        the break on error that the invoke id of GBCS commands asks for (DLMS access service).
        """
        items = []
        failed = False
        for access in accesses:
            value, result = None, AccessResult.OTHER_REASON
            if not failed:
                try:
                    value, result = self._perform(access, request[access.name]), AccessResult.SUCCESS
                except AccessFailed as failure:
                    result, failed = failure.result, True
            items.append(Item(access.name, value, result))
        return Payload(tuple(items))

    def _perform(self, access: Access, parameter: Value) -> Value:
        for member in (access.member, *access.protects) if self._faults else ():
            if key_of(member) in self._faults:
                raise AccessFailed(self._faults[key_of(member)])
        if access.protects:
            values = {member.object.label: self._select(member, parameter) for member in access.protects}
            return values if len(access.protects) > 1 else values.popitem()[1]
        if access.kind is AccessKind.GET:
            if access.selective:
                return self._select(access.member, parameter)
            return _fitted(self._get(access.member), access)
        if access.kind is AccessKind.ACTION:
            return self._invoke(access.member, parameter)
        self._set(access.member, access.data_type, parameter)
        return None

    def _has(self, member: Member) -> bool:
        key = key_of(member)
        declared = self._instances.methods if member.is_method else self._instances.attributes
        return key in declared or key in self._own or key in self._computed or key in self._methods

    def _select(self, member: Member, bounds: Value) -> Value:
        """What a member holds of the range; all of it where there are no bounds."""
        if bounds is None or not isinstance(member.type, Array):
            return self._get(member)
        self._refuse_undefined(member)
        return self.log(member.object).read(_seconds(bounds["start"]), _seconds(bounds["end"]))

    def _get(self, member: Member) -> Value:
        key = key_of(member)
        if key in self._computed:
            return self._computed[key]()
        self._refuse_undefined(member)
        if member.object.interface is PROFILE_GENERIC and member.name == "buffer":
            return self.log(member.object).read()
        return member.type.decode(Cursor(self._octets(key)))

    def _octets(self, key: str) -> bytes:
        return self._store.get(key) or self._own.get(key) or self._instances.attributes[key]

    def _invoke(self, member: Member, parameter: Value) -> Value:
        self._refuse_undefined(member)
        handler = self._methods.get(key_of(member))
        if handler is not None:
            return handler(parameter)
        generic = _GENERIC.get((member.object.interface.class_id, member.name))
        if generic is None:
            raise AccessFailed(AccessResult.OBJECT_UNAVAILABLE)
        generic(self, member.object)
        return None

    def _set(self, member: Member, data_type: DataType, value: Value) -> None:
        key = key_of(member)
        self._refuse_undefined(member)
        if data_type != member.type and not _fits(member.type, value):
            # An earlier form of the attribute, for whoever knows what it means; it is not what the attribute holds.
            for watcher in self._watchers.get(key, ()):
                watcher(value)
            return
        octets = member.type.encode(value)
        for watcher in self._watchers.get(key, ()):
            watcher(value)
        if key in self._assigned:
            self._assigned[key](value)
        else:
            self._store[key] = octets

    def _refuse_undefined(self, member: Member) -> None:
        if not self._has(member):
            raise AccessFailed(AccessResult.OBJECT_UNDEFINED)


def _reset_value(server: CosemServer, cosem_object: CosemObject) -> None:
    server.set(cosem_object, "value", 0)


def _clear_log(server: CosemServer, cosem_object: CosemObject) -> None:
    server.log(cosem_object).clear()


def _activate_charge(server: CosemServer, cosem_object: CosemObject) -> None:
    server.set(cosem_object, "unit_charge_active", server.get(cosem_object, "unit_charge_passive"))


#: What the methods of a class do by themselves, by class and name.
_GENERIC: dict[tuple[int, str], Callable[[CosemServer, CosemObject], None]] = {
    (3, "reset"): _reset_value,
    (7, "reset"): _clear_log,
    (113, "activate_passive_unit_charge"): _activate_charge,
}


def _fits(data_type: DataType, value: Value) -> bool:
    try:
        data_type.encode(value)
    except UseCaseError:
        return False
    return True


def _fitted(value: Value, access: Access) -> Value:
    """The value as an earlier form of the attribute can say it."""
    if access.data_type == access.member.type or _fits(access.data_type, value):
        return value
    return least(access.data_type)


def _seconds(bound: Value) -> int | None:
    """A bound of a range in seconds since 2000; None where it is open."""
    if not isinstance(bound, CosemDateTime):
        return int(bound)
    moment = bound.moment()
    return None if moment is None else int(SECONDS.from_json(moment))
