"""Requests to begin with: for every service one that is valid, with values that make sense together.

They come from the tables of `duis.schema`, which also describe themselves here. What cannot be taken from a type is a
row of `_EXAMPLES`; what is optional stays out, except where nothing would be asked for without it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from duis.document import Request
from duis.errors import DocumentError, DuisError
from duis.identifiers import RequestID
from duis.schema.model import Content, Element, Foreign, Group
from duis.schema.values import (
    Boolean,
    CalendarDate,
    Date,
    DateTime,
    Enumeration,
    Eui,
    EuiList,
    Identifier,
    Integer,
    Number,
    Octets,
    SimpleType,
    String,
    Time,
    span,
)
from duis.services import SERVICES
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import PARTIES, TestAuthority

#: Who asks whom where nobody says; from the EUI-64 range for documentation, as in `smki.authority.PARTIES`.
ORIGINATOR = PARTIES[RemotePartyRole.SUPPLIER]
DCC = PARTIES[RemotePartyRole.ACCESS_CONTROL_BROKER]
DEVICE, OTHER_DEVICE, NEW_DEVICE = (Eui64.parse(f"00-00-5E-EF-10-00-01-0{number}") for number in (2, 3, 4))

_FIRMWARE = b"an image of firmware"


@dataclass(frozen=True, slots=True)
class _After:
    """A moment, so much later than that of the template."""

    days: int = 0
    hours: int = 0
    midnight: bool = False

    def __call__(self, at: datetime) -> datetime:
        moment = at.replace(microsecond=0) + timedelta(days=self.days, hours=self.hours)
        return moment.replace(hour=0, minute=0, second=0) if self.midnight else moment


class _Certificate:
    """A certificate of a test authority that is made on the spot."""

    def __init__(self, role: RemotePartyRole | None, use: KeyUse = KeyUse.DS) -> None:
        self._role, self._use = role, use

    def __call__(self, at: datetime) -> bytes:
        authority = _authority(at.replace(hour=0, minute=0, second=0, microsecond=0))
        if self._role is RemotePartyRole.ISSUING_AUTHORITY:
            return authority.organisation_ca.certificate.der
        if self._role is None:
            return authority.issue_device(DEVICE, self._use).certificate.der
        return authority.issue_organisation(ORIGINATOR, self._role, self._use).certificate.der


@cache
def _authority(at: datetime) -> TestAuthority:
    return TestAuthority.create(at)


_SUPPLIER = RemotePartyRole.SUPPLIER
#: Element (or parent and element) to its value, or to what gives the value at the time of the template. The check
#: digits of MPANs and MPRN are right.
_EXAMPLES: Mapping[str, Any] = {
    "AddressIdentifier": "1",
    "AverageRMSOverVoltageThreshold": 2530,
    "AverageRMSUnderVoltageThreshold": 2160,
    "AverageRMSVoltageMeasurementPeriod": 1800,
    "CalorificValue": Decimal("39.5"),
    "Certificate": _Certificate(RemotePartyRole.ISSUING_AUTHORITY),
    "CommandedStateLevel": 100,
    "ConversionFactor": Decimal("1.02264"),
    "CurrentDateTime": _After(),
    "DSPScheduleID": 1,
    "DSPScheduledServiceReference": "4.6",
    "DSPScheduledServiceReferenceVariant": "4.6.1",
    "DebtRecoveryPerPayment": 2500,
    "DeviceCertificate": _Certificate(None),
    "DeviceGBCSResponse": bytes.fromhex("dd00000000000000"),
    "DeviceIDList": [DEVICE],
    "DeviceManufacturer": "5EEF",
    "DeviceModel": "00000001",
    "DigitalSigningCertificate": _Certificate(_SUPPLIER),
    "Duration": 60,
    "EndDateOffset": -1,
    "EndDateTime": _After(midnight=True),
    "EndTime": time(23, 59, 59),
    "ExecutionDateTime": _After(days=1),
    "ExportMPAN": "1900000000013",
    "FirmwareHash": hashlib.sha256(_FIRMWARE).digest(),
    "FirmwareImage": _FIRMWARE,
    "FirmwareVersion": "00000002",
    "GBCSPayload": b"\xdf",
    "ImportMPAN": "1200000000011",
    "ImportMPRN": "1000000010",
    "ImportMPxN": "1200000000011",
    "InstallCode": bytes(range(16)),
    "JoinTimePeriod": 3600,
    "KAPublicSecurityCredential": _Certificate(RemotePartyRole.OTHER, KeyUse.KA),
    "KAPublicSecurityCredentials": _Certificate(RemotePartyRole.OTHER, KeyUse.KA),
    "KeyAgreementCertificate": _Certificate(_SUPPLIER, KeyUse.KA),
    "KeyAgreementTopUpCertificate": _Certificate(_SUPPLIER, KeyUse.PP),
    "LimitAPCLevel/EndDateTime": _After(hours=2),
    "LimitAPCLevel/StartDateTime": _After(hours=1),
    "LoadLimitPowerThreshold": 10000,
    "LowMediumPowerThreshold": 500,
    "MPxN": "1200000000011",
    "MediumHighPowerThreshold": 2000,
    "OtherDeviceID": OTHER_DEVICE,
    "PostCode": "AB1 2CD",
    "RemotePartyRole": "Supplier",
    "RestrictionDateTime": _After(),
    "SMETSCHTSVersion": "SMETS2 V5.1",
    "ScheduleStartDate": _After(days=1),
    "SeasonName": "Season 1",
    "SecondaryImportMPAN": "1200000000020",
    "SetAuxiliaryControllerState/EndDateTime": _After(hours=2),
    "SetAuxiliaryControllerState/StartDateTime": _After(hours=1),
    "SpecifiedYear": 2030,
    "StartDateOffset": -1,
    "StartDateTime": _After(days=-30, midnight=True),
    "SupplierMessage": "Hello",
    "SupplierName": "Supplier",
    "SupplierTelephoneNumber": "0800 000 0000",
    "SwitchDescription": "Water heater",
    "SwitchTime": time(8),
    "TolerancePeriod": 10,
    "UPRN": 1000000001,
    "UTRN": "01234567890123456789",
}
#: Optional elements without which nothing would be asked for, and which of a choice is meant where not the first.
_WANTED = re.compile(
    "x[0-9A-F]{4}|Channel[0-9]+|SupplierESMECommon|MaxDemandActivePowerImportValue|AddDeviceToCHFWhitelist"
    "|DigitalSigningCertificate|KeyAgreementCertificate|SMETSCHTSVersion|FirmwareVersion|ESMEVariant"
    "|AuxiliaryControllerSchedule|NonSpecifiedYear|NonSpecifiedDayOfWeek|DeviceID"
)


def request(
    variant: str,
    at: datetime,
    request_id: RequestID | None = None,
    command_variant: int | None = None,
    wanted: Collection[str] = (),
) -> Request:
    """A valid request for a service.

    Args:
        variant: service reference variant.
        at: time (timezone-aware) of the request, from which its dates follow.
        request_id: by the example parties with the time in milliseconds as counter, if None.
        command_variant: the first of the service if None.
        wanted: names of optional elements that it shall have, and of alternatives that shall be taken.

    Raises:
        DuisError: there is no such service, or nothing of a wanted name in its body.
        CommandVariantError: the service does not have the command variant.
    """
    service = SERVICES.get(variant)
    if not service:
        raise DuisError(f"no service {variant}, only {', '.join(SERVICES)}")
    number = min(service.command_variants) if command_variant is None else command_variant
    form = service.form(number)
    if request_id is None:
        target = DEVICE if service.for_device else DCC
        request_id = RequestID(ORIGINATOR, target, int(at.timestamp() * 1000))
    builder = _Builder(at, frozenset(wanted))
    body = builder.value(form, form.name, 1)
    if builder.missed:
        raise DuisError(f"{min(builder.missed)}: no such element can be added to a request for {variant}")
    return Request(request_id, number, service, body)


class _Builder:
    def __init__(self, at: datetime, wanted: frozenset[str]) -> None:
        self._at = at
        self._wanted = wanted
        self.missed = set(wanted)

    def value(self, element: Element, parent: str, number: int) -> Any:
        """The value of an element, the how-manieth of its name."""
        kind = element.type
        if isinstance(kind, Foreign):
            raise DocumentError(element.name, "is signed by others: there is no example of it")
        if isinstance(kind, SimpleType):
            return self._simple(kind, element.name, parent)
        values: dict[str, Any] = {key: self._attribute(own, number) for key, own in kind.attributes.items()}
        if kind.text:
            values["#text"] = self._simple(kind.text, element.name, parent)
        self._fill(kind.group, values, element.name)
        return values

    def _fill(self, group: Group, values: dict[str, Any], parent: str) -> None:
        if group.optional and not self._wants(group):
            return
        particles = group.particles
        if group.choice:
            particles = (next(filter(self._asks, particles), next(filter(self._wants, particles), particles[0])),)
        for particle in particles:
            if isinstance(particle, Group):
                self._fill(particle, values, parent)
                continue
            self.missed.discard(particle.name)
            if particle.minimum or group.choice or self._wants(particle):
                count = max(1, particle.minimum)
                made = [self.value(particle, parent, number) for number in range(1, count + 1)]
                values[particle.name] = made if particle.is_list else made[0]

    def _asks(self, particle: Element | Group) -> bool:
        return any(name in self._wanted for name in _names(particle))

    def _wants(self, particle: Element | Group) -> bool:
        return self._asks(particle) or any(_WANTED.fullmatch(name) for name in particle.elements)

    def _attribute(self, kind: SimpleType, number: int) -> int:
        """Attributes count the elements that have them."""
        return min(number, kind.maximum or number) if isinstance(kind, Integer) else number

    def _simple(self, kind: SimpleType, name: str, parent: str) -> Any:
        example = _EXAMPLES.get(f"{parent}/{name}", _EXAMPLES.get(name))
        value = example(self._at) if callable(example) else example
        if isinstance(kind, Date) and isinstance(value, datetime):
            value = CalendarDate(value.year, value.month, value.day)
        if value is not None:
            try:
                kind.write(value, name)
            except DocumentError:
                value = None  # of another element with that name
        return self._of_type(kind) if value is None else value

    def _of_type(self, kind: SimpleType) -> Any:
        for known, make in _BY_TYPE.items():
            if isinstance(kind, known):
                return make(kind, self._at)
        raise TypeError(f"no example of {kind}")


def _integer(kind: Any, _: datetime) -> int:
    return max(1 if kind.minimum is None else kind.minimum, min(1, 1 if kind.maximum is None else kind.maximum))


_BY_TYPE: Mapping[type[SimpleType], Callable[[Any, datetime], Any]] = {
    Integer: _integer,
    Number: lambda kind, _: max(kind.minimum, min(Decimal(1), kind.maximum)),
    Boolean: lambda _, __: True,
    Enumeration: lambda kind, _: kind.words[0],
    String: lambda kind, _: "0" * max(1, kind.minimum),
    Octets: lambda kind, _: kind.words[0] if kind.words else bytes(kind.minimum),
    DateTime: lambda _, at: at.replace(microsecond=0),
    Date: lambda _, at: CalendarDate(at.year, at.month, at.day),
    Time: lambda _, __: time(0),
    Eui: lambda _, __: DEVICE,
    EuiList: lambda _, __: [DEVICE],
    Identifier: lambda _, at: RequestID(ORIGINATOR, DEVICE, int(at.timestamp() * 1000)),
}


def _names(particle: Element | Group) -> Iterator[str]:
    """Names of all elements in it, at any depth."""
    for name, element in particle.elements.items():
        yield name
        if isinstance(element.type, Content):
            yield from _names(element.type.group)


def describe(element: Element) -> Iterator[str]:
    """What an element may hold, a line each: name, how often, type; alternatives and groups are marked."""
    yield from _described(element, 0, "")


def _described(element: Element, depth: int, mark: str) -> Iterator[str]:
    kind = element.type
    often = "" if (element.minimum, element.maximum) == (1, 1) else f" {{{span(element.minimum, element.maximum)}}}"
    if not isinstance(kind, Content):
        yield f"{'  ' * depth}{mark}{element.name}{often}: {kind}"
        return
    attributes = "".join(f" {key}={own}" for key, own in kind.attributes.items())
    text = f": {kind.text}" if kind.text else ""
    yield f"{'  ' * depth}{mark}{element.name}{often}{attributes}{text}"
    yield from _described_group(kind.group, depth + 1)


def _described_group(group: Group, depth: int) -> Iterator[str]:
    mark = "| " if group.choice else ""
    for particle in group.particles:
        if isinstance(particle, Element):
            yield from _described(particle, depth, mark)
        else:
            how = "one of" if particle.choice else "all of"
            yield f"{'  ' * depth}{mark}({how}{', or nothing' if particle.optional else ''})"
            yield from _described_group(particle, depth + 1)
