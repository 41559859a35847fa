"""A message as a JSON object, and back to octets: what `gbcs decode --json` prints and `gbcs encode` reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.types import Json
from gbcs.decoding import Decoded
from gbcs.errors import DecodeError, GbcsError, MissingKeyError, UseCaseError
from gbcs.eui64 import Eui64
from gbcs.message import Cra, Kind, Message, Supplementary
from gbcs.security import protection
from gbcs.security.category import acceptable
from gbcs.security.keys import Keys
from gbcs.security.protection import Status
from gbcs.usecases.catalogue import USE_CASES, use_case_of
from gbcs.usecases.model import Context, PayloadForm, UseCase

#: Levels of objects and lists in the JSON form, and bits of a number; payloads need about twelve levels.
MAXIMUM_NESTING = 32
MAXIMUM_BITS = 64


def to_json(decoded: Decoded) -> dict[str, Json]:
    """The object that ``gbcs decode --json`` prints, but for the file name."""
    message, extra = decoded.message, decoded.message.supplementary
    fields: dict[str, Json] = {
        "kind": message.kind.value,
        "use_case": decoded.use_case.code if decoded.use_case else None,
        "message_code": f"0x{message.message_code:04x}",
        "category": decoded.category and decoded.category.value,
        "originator": message.originator.hex(),
        "recipient": message.recipient.hex(),
        "originator_counter": message.originator_counter,
        "supplementary": extra and _supplementary_to_json(extra),
        "date_time": message.date_time and str(message.date_time),
        "signature": decoded.inspection.signature.value,
        "mac": decoded.inspection.mac.value,
        "undecoded_octets": decoded.undecoded_octets,
        "payload": {"content": message.content.hex()},
    }
    if message.signature:
        fields["signature_octets"] = message.signature.hex()
    if message.mac is not None:
        fields["mac_octets"] = message.mac.hex()
    if decoded.use_case and decoded.payload is not None:
        form = decoded.use_case.form()
        fields["payload"] = form.to_json(decoded.payload, message.kind)
        if form.encode(decoded.payload, Context(message)) != message.content:
            # In another valid encoding than ours, such as lengths of more octets than they need.
            fields["content_octets"] = message.content.hex()
    if decoded.fault:
        fields["error"] = str(decoded.fault)
    fields["octets"] = message.encode().hex()
    return fields


def from_json(fields: Mapping[str, Any], keys: Keys | None = None) -> bytes:
    """The message that `to_json` describes, built from its fields.

    ``octets`` is ignored. ``content_octets`` are written as given, if they say what the fields say, and so are
    ``signature_octets`` and ``mac_octets``; where those are absent the signature and MAC that the category demands are
    computed.

    Raises:
        UseCaseError: a field is missing, unknown or out of range.
        MissingKeyError: a signature, MAC or encrypted part has to be computed and the key is not held.
    """
    _check_bounds(fields)
    kind = _kind(fields)
    message = _header(fields, kind)
    use_case = _use_case(fields, message)
    try:
        message = replace(message, content=_content(fields, message, use_case, kind, keys))
    except UseCaseError as error:
        raise error.of(use_case.code if use_case else "payload") from None
    return _protected(fields, message, use_case, kind, keys).encode()


def _check_bounds(fields: Mapping[str, Any]) -> None:
    """What no message has is refused before anything shows it in an error: that would fail by depth or length."""
    layer: list[Any] = [fields]
    for _ in range(MAXIMUM_NESTING):
        containers = [each.values() if isinstance(each, Mapping) else each for each in layer]
        inner = [each for container in containers for each in container]
        if any(isinstance(each, int) and each.bit_length() > MAXIMUM_BITS for each in inner):
            raise UseCaseError("", "", f"a number of more than {MAXIMUM_BITS} bits")
        layer = [each for each in inner if isinstance(each, Mapping | list)]
        if not layer:
            return
    raise UseCaseError("", "", f"nested deeper than {MAXIMUM_NESTING}")


def _field(fields: Mapping[str, Any], name: str, wanted: type | tuple[type, ...]) -> Any:
    value = fields.get(name)
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise UseCaseError("", name, "missing" if value is None else f"{value!r} is of the wrong type")
    return value


def _parsed(fields: Mapping[str, Any], name: str, parse: Any) -> Any:
    text = _field(fields, name, str)
    try:
        return parse(text)
    except (DecodeError, ValueError) as error:
        raise UseCaseError("", name, str(error)) from None


def _kind(fields: Mapping[str, Any]) -> Kind:
    return Kind(_parsed(fields, "kind", Kind))


_CRA = {Kind.PRECOMMAND: Cra.COMMAND, Kind.COMMAND: Cra.COMMAND, Kind.RESPONSE: Cra.RESPONSE, Kind.ALERT: Cra.ALERT}


def _header(fields: Mapping[str, Any], kind: Kind) -> Message:
    extra = fields.get("supplementary")
    return Message(
        cra=_CRA[kind],
        originator_counter=_field(fields, "originator_counter", int),
        originator=_parsed(fields, "originator", Eui64.parse),
        recipient=_parsed(fields, "recipient", Eui64.parse),
        message_code=_parsed(fields, "message_code", lambda text: int(text, 16)),
        content=b"",
        date_time=None if fields.get("date_time") is None else _parsed(fields, "date_time", CosemDateTime.parse),
        supplementary=None if extra is None else _supplementary_from_json(extra),
    )


def _supplementary_to_json(extra: Supplementary) -> dict[str, Json]:
    return {
        "remote_party_id": extra.party.hex(),
        "remote_party_counter": extra.party_counter,
        "originator_counter": extra.originator_counter,
        "key_agreement_certificate": extra.certificate and extra.certificate.hex(),
    }


def _supplementary_from_json(fields: Json) -> Supplementary:
    if not isinstance(fields, Mapping):
        raise UseCaseError("", "supplementary", f"{fields!r} is not an object")
    try:
        return Supplementary(
            party=_parsed(fields, "remote_party_id", Eui64.parse),
            party_counter=_optional(fields, "remote_party_counter"),
            originator_counter=_optional(fields, "originator_counter"),
            certificate=_octets(fields, "key_agreement_certificate"),
        )
    except UseCaseError as error:
        raise error.within("supplementary") from None


def _optional(fields: Mapping[str, Any], name: str) -> int | None:
    return None if fields.get(name) is None else _field(fields, name, int)


def _octets(fields: Mapping[str, Any], name: str) -> bytes | None:
    return None if fields.get(name) is None else _parsed(fields, name, bytes.fromhex)


def _use_case(fields: Mapping[str, Any], message: Message) -> UseCase | None:
    # The generic alerts share their message codes: the name tells which, or else the content given as octets.
    named = USE_CASES.get(str(fields.get("use_case")))
    if named and message.message_code in named.message_codes:
        return named
    payload = fields.get("payload")
    content = _octets(payload, "content") if isinstance(payload, Mapping) else None
    return use_case_of(replace(message, content=content or b""))


def _content(
    fields: Mapping[str, Any], message: Message, use_case: UseCase | None, kind: Kind, keys: Keys | None
) -> bytes:
    payload = _field(fields, "payload", dict)
    content = _octets(payload, "content")
    if content is not None:
        return content
    if use_case is None:
        raise UseCaseError("", "payload.content", "missing, and no use case has this message code")
    form = use_case.form()
    built = form.encode(form.from_json(payload, kind), Context(message, keys))
    given = _octets(fields, "content_octets")
    return built if given is None or _in_our_encoding(given, form, message) != built else given


def _in_our_encoding(content: bytes, form: PayloadForm, message: Message) -> bytes | None:
    """What `content` says, as this package writes it; None where it is not content of the message."""
    header = Context(replace(message, content=content))
    try:
        return form.encode(form.decode(header), header)
    except GbcsError:
        return None


def _protected(
    fields: Mapping[str, Any], message: Message, use_case: UseCase | None, kind: Kind, keys: Keys | None
) -> Message:
    signature, mac = _octets(fields, "signature_octets"), _octets(fields, "mac_octets")
    if signature is None and fields.get("signature") == Status.EMPTY:
        signature = b""
    absent = {name for name in ("signature", "mac") if fields.get(name) == Status.ABSENT}
    category = use_case.category_of(message.message_code) if use_case else None
    forms = acceptable(category, kind) if category else ()
    if signature is not None:
        forms = tuple(form for form in forms if form.signed == bool(signature)) or forms
    form = forms[0] if forms else None
    if signature is None and form and form.signed and "signature" not in absent:
        signature = protection.sign(message, _needed(keys)).signature
    if mac is not None:
        return replace(message, signature=signature or b"", mac=mac)
    message = replace(message, signature=signature)
    if category and form and form.mac and "mac" not in absent:
        return protection.add_mac(message, category, _needed(keys))
    return message


def _needed(keys: Keys | None) -> Keys:
    if keys is None:
        raise MissingKeyError("keystore to sign and MAC with")
    return keys
