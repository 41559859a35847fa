"""What a use case expects in each field, in words: for whoever builds a message and for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gbcs.asn1 import composite as asn1_composite
from gbcs.asn1 import types as asn1
from gbcs.asn1.certificate import Certificate
from gbcs.asn1.payload import Asn1Payload
from gbcs.cosem import composite, packed
from gbcs.cosem import types as cosem
from gbcs.cosem.date_time import CosemDate, CosemDateTime, CosemTime
from gbcs.cosem.obis import Obis
from gbcs.cosem.types import Json
from gbcs.eui64 import Eui64
from gbcs.gbz import types as zcl
from gbcs.gbz.alert import Alert
from gbcs.gbz.attributes import AttributeList, AttributeRecords
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.exchange import Exchange
from gbcs.message import Kind
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.model import UseCase
from gbcs.usecases.notification import Notification

OPTIONAL = " (optional)"
_FORMS = {CosemDateTime: "date and time", CosemDate: "date", CosemTime: "time of day", Obis: "logical name"}
_NOTHING = "nothing"


def expected(use_case: UseCase, kind: Kind) -> dict[str, Json] | None:
    """Field to what it takes: text, an object for a structure, a list of one for a repeated element.

    Of a command, the fields that its sender chooses; of a response or alert, all. None where there is no such message.
    """
    form = use_case.payload
    match form, kind:
        case (AccessList(), Kind.COMMAND):
            return {
                _named(access.name, access.optional or access.may_be_null): _of(access.request_type)
                for access in form.accesses
                if access.takes_value or access.optional
            }
        case (AccessList(), Kind.RESPONSE):
            return {
                _named(access.name, access.optional): _answer(access.response_type, access.protects)
                for access in form.accesses
            }
        case (ComponentList(), Kind.COMMAND | Kind.RESPONSE):
            shown = _component if kind is Kind.COMMAND else _answered
            fields = {exchange.name: shown(exchange) for exchange in form.exchanges}
            return {name: part for name, part in fields.items() if kind is Kind.RESPONSE or part != _NOTHING}
        case (Asn1Payload(), _):
            declared = {Kind.COMMAND: form.command, Kind.RESPONSE: form.response, Kind.ALERT: form.alert}[kind]
            return None if declared is None else _object(_of(declared))
        case (Notification() | Alert(), Kind.ALERT):
            return {name: _of(part) for name, part in form.declared.items()}
    return None


def _named(name: str, optional: bool) -> str:
    return name + OPTIONAL if optional else name


def _object(shown: Json) -> dict[str, Json]:
    return shown if isinstance(shown, dict) else {"value": shown}


def _answer(data_type: cosem.DataType, protects: tuple[Any, ...]) -> Json:
    if not protects:
        return _of(data_type)
    if len(protects) == 1:
        return _of(protects[0].type)
    return {member.object.label: _of(member.type) for member in protects}


def _component(exchange: Exchange) -> Json:
    shown = {name: _of(part) for name, part in exchange.fields.fields.items() if exchange.leaves(name)} or _NOTHING
    return [shown] if exchange.high > 1 and shown != _NOTHING else shown


def _answered(exchange: Exchange) -> Json:
    shown = _NOTHING if exchange.answer is None else _of(exchange.answer.body)
    return [shown] if exchange.high > 1 or exchange.answers > 1 else shown


def _of(part: Any) -> Json:  # noqa: PLR0912 - one case a type
    match part:
        case cosem.Null() | asn1.Null():
            return _NOTHING
        case cosem.Nullable():
            return _or_nothing(_of(part.type))
        case cosem.Boolean():
            return "true or false"
        case cosem.Quantity() | zcl.Quantity():
            times = f" × 10^{part.scaler}" if part.scaler else ""
            return f"{_range(part.range)}{times} {part.unit}"
        case cosem.Number() | zcl.Number():
            return _range(part.range)
        case cosem.Enumeration() | zcl.Enumeration() | asn1.Integer() if part.names:
            return _names(part.names)
        case asn1.Integer():
            return _range((0, part.high))
        case cosem.Enumeration() | zcl.Enumeration() | zcl.Code() | zcl.Count():
            return _range(part.number.range)
        case cosem.Seconds() | asn1.GeneralizedTime():
            return "date and time"
        case zcl.Time():
            return f"date and time, or {', '.join(part.words.values())}"
        case cosem.Formatted():
            return _FORMS[part.form]
        case packed.Name():
            return "EUI-64" if part.form is Eui64 else "logical name"
        case asn1.EntityIdentifier():
            return "EUI-64"
        case Certificate():
            return "certificate in DER"
        case zcl.Date():
            return "date"
        case cosem.BitString():
            return f"{_size(part.low, part.high)} bits"
        case asn1.BitString():
            return f"any of {', '.join(part.names)}"
        case cosem.Text() | zcl.Text():
            return f"text of {_size(part.octets.low, part.octets.high)} octets"
        case cosem.OctetString() | zcl.Octets():
            return f"{_size(part.low, part.high)} octets"
        case asn1.OctetString():
            return f"{_size(part.size or 0, part.size)} octets"
        case zcl.Plain():
            return f"{_size(part.length or 0, part.length)} octets"
        case composite.Structure():
            return {
                _named(field.name, field.optional): _of(field.type) for field in part.fields if field.constant is None
            }
        case packed.Packed():
            return _of(part.structure)
        case composite.Array() | zcl.Repeated() | asn1_composite.SequenceOf():
            return [_of(part.element)]
        case zcl.OptionalField():
            return _or_nothing(_of(part.type))
        case zcl.Structure():
            return {name: _of(element) for name, element in part.fields.items()}
        case AttributeList():
            return _NOTHING
        case AttributeRecords():
            return {attribute.name: _of(attribute.type) for attribute in part.attributes}
        case asn1_composite.Sequence():
            return {
                _named(field.name, field.optional or field.default is not None): _of(field.type)
                for field in part.fields
                if field.repeats is None
            }
        case asn1_composite.Choice():
            return {f"{name} (one of these)": _of(alternative) for name, alternative in part.alternatives.items()}
    raise TypeError(f"no words for {part}")


def _or_nothing(shown: Json) -> Json:
    return f"{shown}, or nothing" if isinstance(shown, str) else shown


def _range(bounds: tuple[int, int]) -> str:
    low, high = bounds
    return f"{low} to {high}"


def _size(low: int, high: int | None) -> str:
    if high is None:
        return f"at least {low}" if low else "any number of"
    return str(low) if low == high else f"{low} to {high}"


#: More names than these are not all told.
_SHOWN = 12


def _names(names: Mapping[int, str]) -> str:
    told = list(names.values())
    return ", ".join(told[:_SHOWN]) + (f", … ({len(told)} names)" if len(told) > _SHOWN else "")
