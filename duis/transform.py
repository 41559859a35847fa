"""The Transform: a service request becomes a GBCS command or pre-command (DUIS flows; transform 1 to 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from duis.document import Request
from duis.errors import TransformError
from duis.mapping.model import UseCaseMapping
from duis.mapping.table import MAPPINGS
from gbcs.device_type import DeviceType
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.message import Message, Supplementary
from gbcs.roles import Purpose, RemotePartyRole, roles_for
from gbcs.security.keys import Keys
from gbcs.security.protection import add_mac
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import UseCase
from smki.keystore import Keystore

#: What is known of a user: the roles in which devices may know it, or None where it is not known at all.
RolesOf = Callable[[Eui64], frozenset[RemotePartyRole] | None]


class Originator(NamedTuple):
    """Who originates a command in the user's place, and with which counter."""

    eui: Eui64
    counter: int


@dataclass(frozen=True, slots=True)
class Context:
    """What the DCC knows and the request does not say.

    Attributes:
        devices: type of each device in the inventory.
        originator: the business originator where it is not the user.
    """

    devices: Mapping[Eui64, DeviceType] = field(default_factory=dict)
    originator: Originator | None = None

    @staticmethod
    def from_json(fields: Any) -> Context:
        """Reads the JSON form: ``{"devices": {eui: type}, "originator": {"eui": …, "counter": …}}``, all optional.

        Raises:
            TransformError: it says something else.
        """
        try:
            devices = {Eui64.parse(eui): DeviceType(name) for eui, name in fields.get("devices", {}).items()}
            named = fields.get("originator")
            originator = None if named is None else Originator(Eui64.parse(named["eui"]), int(named["counter"]))
        except (AttributeError, DecodeError, KeyError, TypeError, ValueError) as error:
            raise TransformError(f"context: {error}") from None
        return Context(devices, originator)


def roles_of(user: Eui64, keystore: Keystore) -> frozenset[RemotePartyRole] | None:
    """The roles in which devices may know `user`, by its certificates; None if the keystore has none of them."""
    entries = keystore.entries(user)
    roles = {entry.certificate.role for entry in entries if entry.certificate.role is not None}
    return roles_for(Purpose.TRUST_ANCHOR) & roles if entries else None


def use_case_of(request: Request, context: Context) -> tuple[UseCase, UseCaseMapping]:
    """The use case that a request means for its target.

    Raises:
        TransformError: none (E11), or the target's type is not known (E19).
    """
    mappings = [(USE_CASES[mapping.use_case], mapping) for mapping in MAPPINGS.get(request.service.variant, ())]
    target = request.request_id.target
    device = context.devices.get(target)
    if device is None and len(mappings) != 1:
        raise TransformError(f"the type of device {target} is not known", "E19")
    for use_case, mapping in mappings:
        if device is None or device in use_case.devices:
            return use_case, mapping
    raise TransformError(f"no use case does {request.service.variant} on a {device}", "E11")


def transform(request: Request, context: Context, roles: RolesOf) -> tuple[UseCase, Message]:
    """The command that a service request becomes, without protection: for a critical service, the pre-command.

    A user whom the device knows for this use case is the originator, and so is one of whom nothing is known. For any
    other the Access Control Broker is, with its own counter, and the user stands in the supplementary fields.

    Raises:
        TransformError: there is no such command, or the context does not say who originates it.
        UseCaseError: a value of the body does not fit the command.
    """
    use_case, mapping = use_case_of(request, context)
    values = {name: source.of(request.body) for name, source in mapping.command.items()}
    user, device, counter = request.request_id.originator, request.request_id.target, request.request_id.counter
    known_as = roles(user)
    if known_as is None or known_as & use_case.roles:
        return use_case, use_case.command(user, device, counter, **values)
    if context.originator is None:
        raise TransformError(f"{user} is not known to the device: who originates {use_case.code}, and which counter?")
    broker, own_counter = context.originator
    supplementary = Supplementary(user, counter)
    return use_case, use_case.command(broker, device, own_counter, supplementary=supplementary, **values)


def command(use_case: UseCase, message: Message, keys: Keys) -> Message:
    """The command as it goes to the device: `message`, signed where its category wants it, with the broker's MAC."""
    return add_mac(message, use_case.category_of(message.message_code), keys)
