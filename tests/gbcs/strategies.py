"""Values of every declared type, made from the declarations themselves."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from gbcs.cosem.composite import Array, Structure
from gbcs.cosem.packed import Name, Packed
from gbcs.cosem.types import (
    BitString,
    Boolean,
    DataType,
    Enumeration,
    Formatted,
    Null,
    Nullable,
    Number,
    OctetString,
    Seconds,
    Text,
)
from gbcs.usecases.access import Access
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.model import Item, Payload
from gbcs.usecases.notification import Notification

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
#: JSON of no meaning, two levels deep.
ANY_JSON = _LEAVES | st.lists(_LEAVES, max_size=2) | st.dictionaries(st.text(max_size=9), _LEAVES, max_size=2)
#: Longer lists and texts say nothing more.
_LONG = 2


def values(data_type: DataType) -> st.SearchStrategy[Any]:  # noqa: PLR0912 - one case a type
    """A strategy for the values that a type carries."""
    match data_type:
        case Nullable():
            return st.none() | values(data_type.type)
        case Null():
            return st.none()
        case Boolean():
            return st.booleans() | st.integers(1, 254)
        case Number():
            return st.integers(*data_type.range)
        case Enumeration():
            return st.integers(*data_type.number.range)
        case Seconds():
            return st.integers(0, 2**32 - 1)
        case OctetString():
            return st.binary(min_size=data_type.low, max_size=_bound(data_type.low, data_type.high))
        case Text():
            size = {"min_size": data_type.octets.low, "max_size": _bound(data_type.octets.low, data_type.octets.high)}
            return st.binary(**size).map(lambda octets: octets.decode("utf-8", "surrogateescape"))
        case BitString():
            return st.text("01", min_size=data_type.low, max_size=_bound(data_type.low, data_type.high))
        case Formatted():
            size = data_type.octets.low
            return st.binary(min_size=size, max_size=size).map(data_type.form)
        case Name():
            return st.binary(min_size=data_type.width, max_size=data_type.width).map(data_type.form)
        case Packed():
            return values(data_type.structure)
        case Array() if data_type.compact:
            # The elements have one shape, which a list of equal ones certainly has.
            size = _bound(data_type.low, data_type.high)
            return values(data_type.element).map(lambda element: [element] * size)
        case Array():
            return st.lists(
                values(data_type.element), min_size=data_type.low, max_size=_bound(data_type.low, data_type.high)
            )
        case Structure():
            return _structures(data_type)
    raise AssertionError(f"no strategy for {data_type}")


def _bound(low: int, high: int | None) -> int:
    return max(low, min(_LONG, _LONG if high is None else high))


def _structures(structure: Structure) -> st.SearchStrategy[Any]:
    def fields(*, optional: bool) -> st.SearchStrategy[Any]:
        return st.fixed_dictionaries(
            {
                field.name: values(field.type) if field.fixed is None else st.just(field.fixed)
                for field in structure.fields
                if optional or not field.optional
            }
        )

    return fields(optional=True) | fields(optional=False)


def answers(access: Access) -> st.SearchStrategy[Any]:
    """A strategy for the value of a successful response."""
    if not access.protects:
        return values(access.response_type)
    if len(access.protects) == 1:
        return values(access.protects[0].type)
    return st.fixed_dictionaries({member.object.label: values(member.type) for member in access.protects})


@st.composite
def requests(draw: st.DrawFn, form: AccessList) -> dict[str, Any]:
    """A strategy for what a command is told; False leaves an access without a value out."""
    chosen = {}
    for access in form.accesses:
        if access.optional and draw(st.booleans()):
            if not access.takes_value:
                chosen[access.name] = False
        elif access.takes_value:
            chosen[access.name] = draw(values(access.request_type))
    return chosen


@st.composite
def responses(draw: st.DrawFn, form: AccessList) -> Payload:
    """A strategy for responses to a whole command, some with a failure that ends them."""
    failing = draw(st.integers(0, len(form.accesses)))
    return Payload(
        tuple(
            Item(access.name, draw(answers(access)), 0)
            if at < failing
            else Item(access.name, None, 1 if at == failing else 250)
            for at, access in enumerate(form.accesses)
        )
    )


@st.composite
def notifications(draw: st.DrawFn, form: Notification) -> Payload:
    """A strategy for alerts; the declaration is looked at from inside."""
    items = [Item(name, value) for name, value in draw(values(form._structure)).items()]
    items += [Item(member.field, draw(values(member.type))) for member in form._protects]
    return Payload(tuple(items))
