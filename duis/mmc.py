"""MMC: a GBCS response as XML (Message Mapping Catalogue; namespace ResponseAndAlert)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from lxml import etree

from duis.document import DEFAULT_SCHEMA_VERSION
from duis.errors import TransformError
from duis.mapping.model import Output, UseCaseMapping
from duis.mapping.table import mappings_of
from duis.markup import Node
from duis.services import SERVICES
from gbcs.cosem.date_time import CosemDateTime
from gbcs.cosem.results import AccessResult
from gbcs.decoding import Decoded
from gbcs.json_form import to_json
from gbcs.message import Kind
from gbcs.usecases.access import Access, AccessKind
from gbcs.usecases.access_list import AccessList

NAMESPACE = "http://www.dccinterface.co.uk/ResponseAndAlert"
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'
# Bits of the clock status octet; FF says nothing and counts as reliable.
_INVALID, _UNRELIABLE, _FROM_GSME, _UNSPECIFIED = 0x01, 0x02, 0x04, 0xFF
#: Names of results where an action's differ from those of a get or set.
_ACTION_NAMES = {
    AccessResult.LONG_GET_ABORTED: "long-action-aborted",
    AccessResult.NO_LONG_GET_IN_PROGRESS: "no-long-action-in-progress",
}


def render(decoded: Decoded, variant: str | None = None, schema_version: str = DEFAULT_SCHEMA_VERSION) -> bytes:
    """The GBCSResponse document of a decoded response.

    Where part of the response is encrypted and was not decrypted, the document carries that part and no values.

    Args:
        decoded: the response, decoded with the keys of whoever shall read it.
        variant: service reference variant that was asked for; the first that leads to the use case if None.
        schema_version: of the MMC schema.

    Raises:
        TransformError: it is no response, or no service leads to its use case.
    """
    if decoded.message.kind is not Kind.RESPONSE:
        raise TransformError(f"a {decoded.message.kind} has no response document")
    mappings = mappings_of(decoded.use_case.code) if decoded.use_case else {}
    variant = variant or next(iter(mappings), None)
    if variant not in mappings:
        code = decoded.use_case.code if decoded.use_case else f"0x{decoded.message.message_code:04x}"
        raise TransformError(f"no service {variant or ''} leads to {code}")
    root = etree.Element(f"{{{NAMESPACE}}}GBCSResponse", nsmap={"ra": NAMESPACE}, schemaVersion=schema_version)
    _header(_add(root, "Header"), decoded, variant)
    _response(_add(_add(root, "Body"), "ResponseMessage"), decoded, variant, mappings[variant])
    return _DECLARATION + etree.tostring(root, encoding="UTF-8")


def _add(parent: Node, name: str, text: object = None, /, **attributes: str) -> Node:
    node = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    if text is not None:
        node.text = str(text)
    return node


def _header(header: Node, decoded: Decoded, variant: str) -> None:
    message, extra = decoded.message, decoded.message.supplementary
    _add(header, "BusinessOriginatorID", message.originator)
    _add(header, "BusinessTargetID", message.recipient)
    _add(header, "OriginatorCounter", message.originator_counter)
    if extra:
        _add(header, "SupplementaryRemotePartyID", extra.party)
        if extra.party_counter is not None:
            _add(header, "SupplementaryRemotePartyCounter", extra.party_counter)
        if extra.originator_counter is not None:
            _add(header, "SupplementaryOriginatorCounter", extra.originator_counter)
    _add(header, "GBCSHexadecimalMessageCode", f"{message.message_code:04X}")
    _add(header, "ServiceReference", SERVICES[variant].reference)
    _add(header, "ServiceReferenceVariant", variant)
    if message.date_time:
        _timestamp(header, message.date_time)


def _timestamp(header: Node, date_time: CosemDateTime) -> None:
    moment = date_time.moment()
    if moment is None:
        return
    status = 0 if date_time[11] == _UNSPECIFIED else date_time[11]
    attributes = {"isFromGSME": "true"} if status & _FROM_GSME else {}
    attributes["ClockStatus"] = "invalid" if status & _INVALID else "unreliable" if status & _UNRELIABLE else "reliable"
    _add(header, "Timestamp", f"{moment:%Y-%m-%dT%H:%M:%SZ}", **attributes)


def _response(response: Node, decoded: Decoded, variant: str, mapping: UseCaseMapping) -> None:
    _data(response, decoded.message.encode(), 0, "GBCSMessage", "gbcs", "plain")
    items = decoded.payload.items_in_order if decoded.payload else ()
    hidden = [item for item in items if item.protected is not None and item.value is None]
    for sequence, item in enumerate(hidden, 1):
        _data(response, item.protected or b"", sequence, item.name, "dlms", "encrypted")
    failed = [item for item in items if item.result]
    if not hidden:
        success = "false" if failed else "true"
        smets = _add(_add(response, "SMETSData"), f"{SERVICES[variant].body.name}Rsp", MessageSuccess=success)
        payload = to_json(decoded)["payload"]
        for output in mapping.response:
            _fill(smets, output, payload)
    form = decoded.use_case.payload if decoded.use_case else None
    if failed and decoded.payload and isinstance(form, AccessList):
        debug = _add(_add(response, "DebugInfo"), "COSEMDebug")
        for position, (access, item) in enumerate(zip(form.present(decoded.payload), items, strict=True), 1):
            _result(debug, access, item.result or 0, position)


def _result(debug: Node, access: Access, code: int, position: int) -> None:
    is_action = access.kind is AccessKind.ACTION
    try:
        result = AccessResult(code)
        name = _ACTION_NAMES.get(result, result.label) if is_action else result.label
    except ValueError:
        name = "response-code-not-known"
    response = _add(debug, "COSEMResponse", ResponseCode=str(code), Position=str(position))
    _add(response, "ActionResult" if is_action else "DataAccessResult", name)


def _data(response: Node, octets: bytes, sequence: int, name: str, data_type: str, data_format: str) -> None:
    attributes = {"format": data_format, "sequence": str(sequence), "name": name, "type": data_type}
    _add(response, "GBCSData", base64.b64encode(octets).decode(), **attributes)


def _fill(parent: Node, output: Output, payload: Mapping[str, Any]) -> None:
    """Appends `output` if something fills it; what the response does not have is left out."""
    node = etree.Element(f"{{{NAMESPACE}}}{output.name}")
    for attribute, path in output.attributes.items():
        value = _at(payload, path)
        if value is not None:
            node.set(attribute, str(value))
    for child in output.children:
        _fill(node, child, payload)
    if output.path is not None:
        value = _at(payload, output.path)
        if value is not None:
            node.text = output.convert(str(value))
    if output.always or len(node) or node.text or node.attrib:
        parent.append(node)


def _at(payload: Mapping[str, Any], path: str) -> Any:
    value: Any = payload
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value
