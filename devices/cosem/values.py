"""The least value of a declared type: what an attribute holds before anybody gave it a value."""

from __future__ import annotations

from gbcs.cosem import types as t
from gbcs.cosem.composite import Array, Field, Structure
from gbcs.cosem.date_time import CosemDate, CosemDateTime, CosemTime
from gbcs.cosem.obis import Obis
from gbcs.cosem.types import DataType, Value

_STAMPS: dict[type, Value] = {
    CosemDate: CosemDate.parse("*-*-*"),
    CosemTime: CosemTime.parse("00:00:00"),
    CosemDateTime: CosemDateTime.NEVER,
    Obis: Obis(bytes(6)),
}


def least(data_type: DataType, *, optional: bool = False) -> Value:
    """Zero, empty, off or never, as far as the type allows; fields that may be missing are there if `optional`.

    Raises:
        TypeError: a kind of type that this does not know.
    """
    match data_type:
        case t.Null() | t.Nullable():
            return None
        case t.Boolean():
            return False
        case t.Number():
            low, high = data_type.range
            return min(max(0, low), high)
        case t.Enumeration():
            return min(data_type.names)
        case t.Seconds():
            return 0
        case t.OctetString():
            return bytes(data_type.low)
        case t.Text():
            return "\0" * data_type.octets.low
        case t.BitString():
            return "0" * data_type.low
        case t.Formatted():
            return _STAMPS[data_type.form]
        case Array():
            return [least(data_type.element, optional=optional) for _ in range(data_type.low)]
        case Structure():
            present = (field for field in data_type.fields if optional or not field.optional)
            return {field.name: _field(field, optional) for field in present}
    raise TypeError(f"no least value of {data_type}")


def _field(field: Field, optional: bool) -> Value:
    return least(field.type, optional=optional) if field.constant is None else field.constant
