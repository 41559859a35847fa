"""Who takes part in the gateway's tests: an estate, the DCC's share of it, users that ask and a meter that answers."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from duis.document import Request, Response, parse
from duis.identifiers import RequestID
from duis.services import SERVICES
from duis.signature import STRICT, sign, verify
from gbcs.cosem.date_time import CosemDateTime
from gbcs.eui64 import Eui64
from gbcs.message import Kind, Message
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.usecases.catalogue import use_case_of
from smki.authority import PARTIES, TestAuthority, make_estate
from smki.keystore import Keystore

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DCC = PARTIES[RemotePartyRole.ACCESS_CONTROL_BROKER]
SUPPLIER = PARTIES[RemotePartyRole.SUPPLIER]
OPERATOR = PARTIES[RemotePartyRole.NETWORK_OPERATOR]
EXPORTER, STRANGER, RETIRED, HUB, METER, GAS_METER, KEYLESS_METER = (
    Eui64.parse(f"00-00-5E-EF-10-00-01-0{number}") for number in range(7)
)
RECEIVE_URL = "http://127.0.0.1:9/receive"


class Estate(NamedTuple):
    """All keys, and what of them a DCC holds: its own private keys, and everybody's certificates."""

    keys: Keystore
    dcc: Keystore
    authority: TestAuthority


@cache
def make() -> Estate:
    authority = TestAuthority.create(NOW, random.Random(3))
    keys = make_estate(authority, devices=[METER, GAS_METER])
    for user in (EXPORTER, STRANGER, RETIRED):
        keys.add(*authority.issue_organisation(user, RemotePartyRole.XML_SIGN, KeyUse.DS))
    return Estate(keys, share(keys), authority)


def share(keys: Keystore, without: RemotePartyRole | None = None) -> Keystore:
    """What of `keys` a DCC holds; a role can be left out."""
    dcc = Keystore()
    for certificate, private_key, use, _ in keys.entries():
        if without is None or certificate.role is not without:
            dcc.add(certificate, private_key if certificate.eui == DCC else None, use)
    return dcc


def inventory(receive_url: str = RECEIVE_URL, port: int = 4059) -> bytes:
    roles = {SUPPLIER: ["IS", "GS"], OPERATOR: ["ED"], EXPORTER: ["ES"], RETIRED: []}
    document = {
        "hubs": {str(HUB): {"host": "127.0.0.1", "port": port}},
        "devices": {
            str(meter): {"type": kind, "hub": str(HUB)}
            for meter, kind in ((METER, "ESME"), (GAS_METER, "GSME"), (KEYLESS_METER, "ESME"))
        },
        "users": {str(user): {"roles": held, "receive_url": receive_url} for user, held in roles.items()},
    }
    return json.dumps(document).encode()


BODIES: dict[str, dict[str, Any]] = {
    "3.1": {"SupplierMessage": "Hello"},
    "6.11": {"CurrentDateTime": NOW, "TolerancePeriod": 60},
}


def ask(variant: str, command_variant: int, counter: int, user: Eui64 = SUPPLIER, target: Eui64 = METER) -> Request:
    """A service request."""
    return Request(RequestID(user, target, counter), command_variant, SERVICES[variant], BODIES.get(variant, {}))


def order(request: Request, command_variant: int, payload: bytes) -> Request:
    """The signed pre-command that follows `request`."""
    return replace(request, command_variant=command_variant, body={"GBCSPayload": payload})


def signed(request: Request) -> bytes:
    return sign(request.to_xml(), *make().keys.xml_signer(request.request_id.originator))


def read(document: bytes, at: datetime = NOW) -> Response:
    """A Response whose signature is the DCC's."""
    verified = verify(document, make().keys, STRICT, at)
    assert verified.originator == DCC
    response = parse(verified.content)
    assert isinstance(response, Response)
    return response


def counter_of(document: bytes | Response) -> int:
    """The counter of the request that a Response answers."""
    response = document if isinstance(document, Response) else read(document)
    assert response.request_id
    return response.request_id.counter


REGISTERS = {
    "active_import_value": 4711,
    "active_scal_unit_type": {"active_import_scaler": 0, "active_import_unit": "Wh"},
    "reactive_import_value": 12,
    "reactive_scal_unit_type": {"reactive_import_scaler": 0, "reactive_import_unit": "varh"},
}
ANSWERS: dict[str, dict[str, Any]] = {
    "ECS10": {"supplier_message": {}},
    "ECS17a": {
        "active_export_register": {"value": 1},
        "active_export_register_scaler_unit": {"value": {"scaler": 0, "unit": "Wh"}},
        "reactive_export_register": {"value": 2},
        "reactive_export_register_scaler_unit": {"value": {"scaler": 0, "unit": "varh"}},
    },
    "ECS17b": {"import_register_collection": {"value": REGISTERS}},
    "ECS44": {"supply_state_scripts_execute": {}},
}


def respond(octets: bytes) -> Message:
    """What the meter answers to a command, which has to be right."""
    keys, command = make().keys, Message.decode(octets)
    use_case = use_case_of(command)
    assert use_case
    protection.verify(command, use_case.category, keys)
    payload = use_case.form().from_json(ANSWERS[use_case.code], Kind.RESPONSE)
    response = use_case.reply(command, payload, date_time=CosemDateTime.of(NOW), keys=keys)
    return protection.protect(response, use_case.category, keys)
