"""The catalogue: every use case, its facts joined with its payload."""

from __future__ import annotations

from dataclasses import asdict

from gbcs.message import Message
from gbcs.usecases import credentials, firmware, gas, joining
from gbcs.usecases.dlms import alerts, auxiliary, configuration, hub, logs, registers, tariff
from gbcs.usecases.index import FACTS
from gbcs.usecases.model import PayloadForm, UseCase

_PAYLOADS: dict[str, PayloadForm] = {
    code: form
    for family in (alerts, auxiliary, configuration, hub, logs, registers, tariff, credentials, firmware, gas, joining)
    for code, form in family.PAYLOADS.items()
}

#: Use cases by code.
USE_CASES: dict[str, UseCase] = {
    facts.code: UseCase(**asdict(facts), payload=_PAYLOADS.get(facts.code)) for facts in FACTS
}

_BY_MESSAGE_CODE: dict[int, list[UseCase]] = {}
for _use_case in USE_CASES.values():
    for _message_code in _use_case.message_codes:
        _BY_MESSAGE_CODE.setdefault(_message_code, []).append(_use_case)


def _payload_kind(content: bytes) -> str:
    if content[:1] in (b"\xd9", b"\xda", b"\x0f"):
        return "dlms"
    return "gbz" if content[:2] == b"\x01\x09" else "asn1"


def use_case_of(message: Message) -> UseCase | None:
    """The use case a message belongs to, by its message code; None if there is no such code.

    The generic alerts share their codes between a DLMS and a GBZ form; the first octets of the content tell which.
    """
    candidates = _BY_MESSAGE_CODE.get(message.message_code)
    if candidates is None:
        return None
    if len(candidates) == 1:
        return candidates[0]
    kind = _payload_kind(message.content)
    return next((use_case for use_case in candidates if use_case.payload_kind == kind), candidates[0])
