"""Requests and Responses of the DCC User Interface as values.

Reading one says nothing about who sent it: a signature is passed over here. `duis.signature.verify` returns the octets
of a signed document that may be relied on, and they are what to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from lxml import etree

from duis import markup
from duis.errors import DocumentError
from duis.identifiers import RequestID
from duis.markup import Node
from duis.schema import Base64, Boolean, Choice, DateTime, Element, Identifier, Integer, Sequence, String
from duis.services import SERVICES, Service, service_reference

#: The schema that the service table follows. A user with another version says so in each document.
DEFAULT_SCHEMA_VERSION = "5.4"
_SCHEMA_LOCATION = f"{{{markup.XML_SCHEMA_INSTANCE}}}schemaLocation"
_VERSION = String(r"[0-9]{1,3}(\.[0-9]{1,3})?")

_REFERENCE = (
    Element("ServiceReference", String(r"[0-9]{1,2}\.[0-9]{1,2}")),
    Element("ServiceReferenceVariant", String(r"[0-9]{1,2}(\.[0-9]{1,2}){1,2}")),
)
_REQUEST_HEADER = Element(
    "Header",
    Sequence(
        (
            Element("RequestID", Identifier()),
            Element("FirstInSequence", Boolean(), optional=True),
            Element("PrecedingServiceRequestID", Identifier(), optional=True),
            Element("CommandVariant", Integer(1, 9)),
            *_REFERENCE,
        )
    ),
)
_RESPONSE_HEADER = Element(
    "Header",
    Sequence(
        (
            Element("RequestID", Identifier(), optional=True),
            Element("ResponseID", Identifier(), optional=True),
            Element("ResponseCode", String("[IWE][0-9]{1,6}")),
            Element("ResponseDateTime", DateTime(decimals=3)),
        )
    ),
)
_PAYLOAD = Element("GBCSPayload", Base64())
_PAYLOADS = Choice(
    (
        _PAYLOAD,
        Element("LocalCommand", Sequence((_PAYLOAD,))),
        Element("PreCommand", Sequence((Element("GBCSVersion", String()), _PAYLOAD))),
    ),
    optional=True,
)
_RESPONSE = Sequence(
    (
        _RESPONSE_HEADER,
        Element("Body", Sequence((Element("ResponseMessage", Sequence((*_REFERENCE, _PAYLOADS))),))),
    )
)


class RequestHeader(NamedTuple):
    """The header of a Request: all that is needed to answer one whose body cannot be read."""

    request_id: RequestID
    command_variant: int
    variant: str
    first_in_sequence: bool | None
    preceding: RequestID | None


@dataclass(frozen=True, slots=True)
class Request:
    """A Service Request or Signed Pre-Command.

    Attributes:
        request_id: originator, target and counter.
        command_variant: 1 to 8, see `duis.services.COMMAND_VARIANTS`.
        service: a row of `duis.services.SERVICES`.
        body: values by element name (see `duis.schema`): of the service's body, or of the signed pre-command
            (`GBCSPayload`, `ExecutionDateTime`) where the command variant wants one.
        schema_version: of the DUIS schema.
        first_in_sequence: whether it is the first of a sequence; `None` where it is in none.
        preceding: the request that has to succeed before this one.

    Raises:
        CommandVariantError: the service does not have the command variant.
    """

    request_id: RequestID
    command_variant: int
    service: Service
    body: Mapping[str, Any] = field(default_factory=dict)
    schema_version: str = DEFAULT_SCHEMA_VERSION
    first_in_sequence: bool | None = None
    preceding: RequestID | None = None

    def __post_init__(self) -> None:
        self.service.form(self.command_variant)

    def to_xml(self) -> bytes:
        """The unsigned document, without white space between elements.

        Raises:
            DocumentError: a value is not what its element may hold.
        """
        header = {
            "RequestID": self.request_id,
            "FirstInSequence": self.first_in_sequence,
            "PrecedingServiceRequestID": self.preceding,
            "CommandVariant": self.command_variant,
            "ServiceReference": self.service.reference,
            "ServiceReferenceVariant": self.service.variant,
        }
        form = self.service.form(self.command_variant)
        values = {"Header": header, "Body": {form.name: self.body}}
        return _document(markup.REQUEST, self.schema_version, _request(form), values)


@dataclass(frozen=True, slots=True)
class Response:
    """A Response to a request: acknowledgement, error, pre-command, local command or the device's response.

    Attributes:
        response_code: see `duis.response_codes`.
        response_date_time: when the DCC made it.
        variant: the service reference variant that was asked for.
        payload: what was returned, by element name: `GBCSPayload` with the device's response, `PreCommand` or
            `LocalCommand` with their values; or nothing.
        request_id: the request that it answers.
        response_id: target, originator and counter.
        schema_version: of the DUIS schema.
    """

    response_code: str
    response_date_time: datetime
    variant: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    request_id: RequestID | None = None
    response_id: RequestID | None = None
    schema_version: str = DEFAULT_SCHEMA_VERSION

    def to_xml(self) -> bytes:
        """The unsigned document, without white space between elements.

        Raises:
            DocumentError: a value is not what its element may hold.
        """
        header = {
            "RequestID": self.request_id,
            "ResponseID": self.response_id,
            "ResponseCode": self.response_code,
            "ResponseDateTime": self.response_date_time,
        }
        message = {
            "ServiceReference": service_reference(self.variant),
            "ServiceReferenceVariant": self.variant,
            **self.payload,
        }
        values = {"Header": header, "Body": {"ResponseMessage": message}}
        return _document(markup.RESPONSE, self.schema_version, _RESPONSE, values)


def parse(document: bytes) -> Request | Response:
    """Reads a document, signed or not.

    Raises:
        CommandVariantError: the service does not have the command variant.
        DocumentError: anything else that DUIS does not allow.
    """
    root = markup.parse(document)
    if len(root) and root[-1].tag == markup.SIGNATURE:
        root.remove(root[-1])
    return _read_request(root) if root.tag == markup.REQUEST else _read_response(root)


def read_header(root: Node) -> RequestHeader:
    """The header of a Request, of whatever service.

    Raises:
        DocumentError: it is not one, or the root is no Request.
    """
    if root.tag != markup.REQUEST or not len(root) or root[0].tag != f"{{{markup.DUIS}}}Header":
        raise DocumentError("Request", "Header missing")
    values = _REQUEST_HEADER.read(root[0], "Request/Header")
    return RequestHeader(
        values["RequestID"],
        values["CommandVariant"],
        _variant(values, "Request/Header"),
        values.get("FirstInSequence"),
        values.get("PrecedingServiceRequestID"),
    )


def with_counter(document: bytes, counter: int) -> bytes:
    """A Request with another counter in its RequestID; raises `DocumentError`."""
    root = markup.parse(document)
    request_id = replace(read_header(root).request_id, counter=counter)
    root[0][0].text = str(request_id)
    return markup.serialise(root)


def _request(form: Element) -> Sequence:
    return Sequence((_REQUEST_HEADER, Element("Body", Sequence((form,)))))


def _read_request(root: Node) -> Request:
    header = read_header(root)
    service = SERVICES.get(header.variant)
    if not service:
        raise DocumentError("Request/Header/ServiceReferenceVariant", f"no service {header.variant}")
    form = service.form(header.command_variant)
    values = _request(form).read(root, "Request")
    return Request(
        header.request_id,
        header.command_variant,
        service,
        values["Body"][form.name],
        _schema_version(root),
        header.first_in_sequence,
        header.preceding,
    )


def _read_response(root: Node) -> Response:
    values = _RESPONSE.read(root, "Response")
    header, message = values["Header"], values["Body"]["ResponseMessage"]
    return Response(
        header["ResponseCode"],
        header["ResponseDateTime"],
        _variant(message, "Response/Body/ResponseMessage"),
        {option.name: message[option.name] for option in _PAYLOADS.options if option.name in message},
        header.get("RequestID"),
        header.get("ResponseID"),
        _schema_version(root),
    )


def _document(tag: str, schema_version: str, content: Sequence, values: Mapping[str, Any]) -> bytes:
    root = etree.Element(tag, nsmap={"sr": markup.DUIS})
    path = markup.name(root)
    root.set("schemaVersion", _VERSION.write(schema_version, f"{path}/@schemaVersion"))
    content.write(root, values, path)
    return markup.serialise(root)


def _schema_version(root: Node) -> str:
    path = markup.name(root)
    for attribute in root.attrib:
        if attribute not in ("schemaVersion", _SCHEMA_LOCATION):
            raise DocumentError(path, f"attribute {attribute!r} not expected")
    return _VERSION.read(root.get("schemaVersion", ""), f"{path}/@schemaVersion")


def _variant(values: Mapping[str, Any], path: str) -> str:
    variant: str = values["ServiceReferenceVariant"]
    if values["ServiceReference"] != service_reference(variant):
        raise DocumentError(f"{path}/ServiceReference", f"is not that of variant {variant}")
    return variant
