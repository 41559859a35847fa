"""The service table: what each service reference variant is, who may use it, and the body of its request.

Source: DUIS 5.4 schema (bodies, command variants) and the DUIS request matrix (eligible roles, future dating).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NamedTuple

from duis.errors import CommandVariantError
from duis.schema import Base64, DateTime, Element, Integer, Sequence, String


class UserRole(StrEnum):
    """User Roles of the SEC, by their usual abbreviations."""

    IMPORT_SUPPLIER = "IS"
    EXPORT_SUPPLIER = "ES"
    GAS_SUPPLIER = "GS"
    ELECTRICITY_DISTRIBUTOR = "ED"
    GAS_TRANSPORTER = "GT"
    REGISTERED_SUPPLIER_AGENT = "RSA"
    OTHER_USER = "OU"


class FutureDating(Enum):
    """Who keeps a request that has an ExecutionDateTime until that time."""

    NONE = "nobody: on demand only"
    DSP = "the DCC, which sends the command then"
    DEVICE = "the device, the time being in the command"


class Input(Enum):
    """What the body of a request holds."""

    SERVICE_REQUEST = "service request"
    SIGNED_PRE_COMMAND = "signed pre-command"


class Endpoint(StrEnum):
    """The request web services of the DUIS; the value is the last part of the path."""

    SEND_COMMAND = "serviceS"
    TRANSFORM = "serviceT"
    DCC_ONLY = "serviceD"


class CommandVariant(NamedTuple):
    """How a service is asked for. `sent` tells a command over the SM WAN, `returned` what the answer itself holds."""

    input: Input
    endpoint: Endpoint
    sent: bool
    returned: str | None


_LOCAL = "LocalCommand"
#: Source: DUIS schema, type CommandVariant. Variant 9 is internal to the DCC and never in a request.
COMMAND_VARIANTS = {
    1: CommandVariant(Input.SERVICE_REQUEST, Endpoint.SEND_COMMAND, sent=True, returned=None),
    2: CommandVariant(Input.SERVICE_REQUEST, Endpoint.DCC_ONLY, sent=False, returned=_LOCAL),
    3: CommandVariant(Input.SERVICE_REQUEST, Endpoint.SEND_COMMAND, sent=True, returned=_LOCAL),
    4: CommandVariant(Input.SERVICE_REQUEST, Endpoint.TRANSFORM, sent=False, returned="PreCommand"),
    5: CommandVariant(Input.SIGNED_PRE_COMMAND, Endpoint.SEND_COMMAND, sent=True, returned=None),
    6: CommandVariant(Input.SIGNED_PRE_COMMAND, Endpoint.DCC_ONLY, sent=False, returned=_LOCAL),
    7: CommandVariant(Input.SIGNED_PRE_COMMAND, Endpoint.SEND_COMMAND, sent=True, returned=_LOCAL),
    8: CommandVariant(Input.SERVICE_REQUEST, Endpoint.DCC_ONLY, sent=False, returned=None),
}
NON_CRITICAL = frozenset({1, 2, 3})
CRITICAL = frozenset({4, 5, 6, 7})


@dataclass(frozen=True, slots=True)
class Service:
    """One service reference variant.

    Attributes:
        variant: the service reference variant, e.g. ``4.1.1``.
        body: the element of the request's body.
        command_variants: those that it has.
        roles: the User Roles that are eligible.
        future_dating: who keeps a future-dated request.
    """

    variant: str
    body: Element
    command_variants: frozenset[int]
    roles: frozenset[UserRole]
    future_dating: FutureDating

    @property
    def reference(self) -> str:
        """The service reference, e.g. ``4.1``."""
        return service_reference(self.variant)

    @property
    def critical(self) -> bool:
        """Whether it goes through a pre-command that the user signs."""
        return self.command_variants <= CRITICAL

    def form(self, command_variant: int) -> Element:
        """The element that the body of a request with `command_variant` holds.

        Raises:
            CommandVariantError: the service does not have it.
        """
        if command_variant not in self.command_variants:
            rule = f"{self.variant} has no command variant {command_variant}"
            raise CommandVariantError("Request/Header/CommandVariant", rule)
        signed = COMMAND_VARIANTS[command_variant].input is Input.SIGNED_PRE_COMMAND
        return SIGNED_PRE_COMMAND if signed else self.body


def service_reference(variant: str) -> str:
    """The service reference to which a service reference variant belongs."""
    return ".".join(variant.split(".")[:2])


_EXECUTION = Element("ExecutionDateTime", DateTime(), optional=True)
_FUTURE_DATED = Sequence((_EXECUTION,))
_CLOCK = Sequence((Element("CurrentDateTime", DateTime()), Element("TolerancePeriod", Integer(0, 86400))))
_MESSAGE = Sequence((_EXECUTION, Element("SupplierMessage", String("[ -~]{1,116}"))))

SIGNED_PRE_COMMAND = Element("SignedPreCommand", Sequence((_EXECUTION, Element("GBCSPayload", Base64()))))


#: Service reference variant, body element and its content, command variants, eligible roles, future dating.
_ROWS = (
    ("3.1", "DisplayMessage", _MESSAGE, NON_CRITICAL, "IS GS", FutureDating.DSP),
    ("4.1.1", "ReadInstantaneousImportRegisters", _FUTURE_DATED, NON_CRITICAL, "IS GS ED GT", FutureDating.DSP),
    ("4.2", "ReadInstantaneousExportRegisters", _FUTURE_DATED, NON_CRITICAL, "ES ED", FutureDating.DSP),
    ("6.11", "SynchroniseClock", _CLOCK, CRITICAL, "IS GS", FutureDating.NONE),
    ("7.3", "ArmSupply", Sequence(), CRITICAL, "IS GS", FutureDating.NONE),
    ("8.1.1", "CommissionDeviceSynchroniseClock", _CLOCK, frozenset({4, 5}), "IS GS", FutureDating.NONE),
    ("11.2", "ReadFirmwareVersion", _FUTURE_DATED, NON_CRITICAL, "IS ES GS RSA ED GT OU", FutureDating.DSP),
)
SERVICES = {
    variant: Service(variant, Element(body, content), command_variants, frozenset(map(UserRole, roles.split())), dating)
    for variant, body, content, command_variants, roles, dating in _ROWS
}
