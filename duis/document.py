"""Documents of the DCC User Interface as values: requests, responses and alerts.

Each has three forms, and each leads to the others without loss: XML (`parse`, `to_xml`), plain JSON that mirrors the
XML (`from_json`, `to_json`), and the dataclasses here. Whatever way a document is made, it is checked against the
tables of `duis.schema`, and an error names the element and the rule.

Reading one says nothing about who sent it: a signature is passed over here. `duis.signature.verify` returns the octets
of a signed document that may be relied on, and they are what to read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, NamedTuple

from lxml import etree

from duis import markup
from duis.errors import DocumentError
from duis.identifiers import RequestID
from duis.markup import Node
from duis.schema import content
from duis.schema.model import Content, Element, Form, Group
from duis.services import SERVICES, Service, service_reference

#: The schema that the tables follow. A user with another version says so in each document.
DEFAULT_SCHEMA_VERSION = "5.4"
#: The versions of DUIS that documents may name. What is in the tables holds for all of them.
SCHEMA_VERSIONS = tuple(map(Decimal, ("4.0", "5.0", "5.1", "5.2", "5.3", "5.4")))
_SCHEMA_LOCATION = f"{{{markup.XML_SCHEMA_INSTANCE}}}schemaLocation"
_JSON_SCHEMA_LOCATION, _JSON_NAMESPACE = "@xsi:schemaLocation", "@xmlns"
_VERSION_KEY = "@schemaVersion"
_HEADER_TAG, _REQUEST_ID_TAG = (f"{{{markup.DUIS}}}{name}" for name in ("Header", "RequestID"))


class RequestHeader(NamedTuple):
    """The header of a Request: all that is needed to answer one whose body cannot be read."""

    request_id: RequestID
    command_variant: int
    variant: str
    first_in_sequence: bool | None
    preceding: RequestID | None


class Document(ABC):
    """What all documents can do.

    Every subclass has a `schema_version` (of DUIS, e.g. ``5.4``) and a `form`, which tells how the document was written
    where it could have been written otherwise.
    """

    __slots__ = ()
    root: ClassVar[str]
    #: Field to the path of its value in the document.
    paths: ClassVar[Mapping[str, str]]
    schema_version: str
    form: Form

    def to_xml(self) -> bytes:
        """The unsigned document, without white space between elements.

        Raises:
            DocumentError: a value is not what its element may hold.
        """
        _check_version(self.schema_version, self.root)
        return markup.serialise(_build(self.root, self._content(), self._values(), self.form))

    def to_json(self) -> dict[str, Any]:
        """The document as JSON has it, under the name of its root element; raises `DocumentError`.

        Names are those of the XML: ``@name`` for attributes, ``#text`` for text beside them, a list where an element
        may stand more than once. Numbers and truth values are such, all else is text as in the XML.
        """
        declared = {} if self.form.namespaces == Form().namespaces else self.form.namespaces
        outer = {_JSON_NAMESPACE + (f":{prefix}" if prefix else ""): uri for prefix, uri in declared.items()}
        if self.form.schema_location is not None:
            outer[_JSON_SCHEMA_LOCATION] = self.form.schema_location
        return {self.root: outer | self._content().to_json(self._values(), self.root, self.form)}

    @abstractmethod
    def _content(self) -> Content:
        """What the root element holds."""

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, path in self.paths.items():
            value = getattr(self, name)
            *outer, last = path.split("/")
            if value is not None:
                inner = values
                for step in outer:
                    inner = inner.setdefault(step, {})
                inner[last] = value
        return values

    @classmethod
    def _fields(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        fields = {}
        for name, path in cls.paths.items():
            value: Any = values
            for step in path.split("/"):
                value = value.get(step, {})
            if value != {}:
                fields[name] = value
        return fields


@dataclass(frozen=True, slots=True)
class Request(Document):
    """A Service Request or Signed Pre-Command.

    Attributes:
        request_id: originator, target and counter.
        command_variant: 1 to 8, see `duis.services.COMMAND_VARIANTS`.
        service: a row of `duis.services.SERVICES`.
        body: values by element name (see `duis.schema.model`): of the service's body, or of the signed pre-command
            (`GBCSPayload`, `ExecutionDateTime`) where the command variant wants one.
        first_in_sequence: whether it is the first of a sequence; `None` where it is in none.
        preceding: the request that has to succeed before this one.

    Raises:
        CommandVariantError: the service does not have the command variant.
    """

    root = "Request"
    paths: ClassVar[Mapping[str, str]] = {
        "schema_version": _VERSION_KEY,
        "request_id": "Header/RequestID",
        "first_in_sequence": "Header/FirstInSequence",
        "preceding": "Header/PrecedingServiceRequestID",
        "command_variant": "Header/CommandVariant",
    }
    request_id: RequestID
    command_variant: int
    service: Service
    body: Mapping[str, Any] = field(default_factory=dict)
    schema_version: str = DEFAULT_SCHEMA_VERSION
    first_in_sequence: bool | None = None
    preceding: RequestID | None = None
    form: Form = field(default_factory=Form, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.service.form(self.command_variant)

    def _content(self) -> Content:
        return _request(self.service.form(self.command_variant).name)

    def _values(self) -> dict[str, Any]:
        values = Document._values(self)
        values["Header"]["ServiceReference"] = self.service.reference
        values["Header"]["ServiceReferenceVariant"] = self.service.variant
        values["Body"] = {self.service.form(self.command_variant).name: self.body}
        return values


@dataclass(frozen=True, slots=True)
class Response(Document):
    """A Response to a request: acknowledgement, error, pre-command, local command or the device's response.

    Attributes:
        response_code: see `duis.response_codes`.
        response_date_time: when the DCC made it.
        variant: the service reference variant that was asked for.
        payload: what was returned, by element name: `GBCSPayload` with the device's response, `PreCommand`,
            `LocalCommand`, `DSPInventory` and others with their values; or nothing.
        request_id: the request that it answers.
        response_id: target, originator and counter.
    """

    root = "Response"
    paths: ClassVar[Mapping[str, str]] = {
        "schema_version": _VERSION_KEY,
        "request_id": "Header/RequestID",
        "response_id": "Header/ResponseID",
        "response_code": "Header/ResponseCode",
        "response_date_time": "Header/ResponseDateTime",
    }
    response_code: str
    response_date_time: datetime
    variant: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    request_id: RequestID | None = None
    response_id: RequestID | None = None
    schema_version: str = DEFAULT_SCHEMA_VERSION
    form: Form = field(default_factory=Form, compare=False, repr=False)

    def _content(self) -> Content:
        return content("Response")

    def _values(self) -> dict[str, Any]:
        references = {"ServiceReference": service_reference(self.variant), "ServiceReferenceVariant": self.variant}
        _check_variant(references, _MESSAGE)
        return {**Document._values(self), "Body": {"ResponseMessage": {**references, **self.payload}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message(Document):
    """Whatever else has the header of a Response.

    Attributes:
        response_date_time: when the DCC made it.
        response_id: sender, recipient and counter.
    """

    root = "Response"
    response_date_time: datetime
    response_id: RequestID | None = None
    response_code: str = "I0"
    request_id: RequestID | None = None
    schema_version: str = DEFAULT_SCHEMA_VERSION
    form: Form = field(default_factory=Form, compare=False, repr=False)

    def _content(self) -> Content:
        return content("Response")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAlert(_Message):
    """An alert of a device, as the DCC passes it on.

    Attributes:
        alert_code: two octets, e.g. ``8F 3F``.
        payload: the GBCS alert.
        throttled_sequence, throttled_count: for alerts that the DCC put together, for there were too many.
    """

    paths: ClassVar[Mapping[str, str]] = {
        **Response.paths,
        "alert_code": "Body/DeviceAlertMessage/AlertCode",
        "throttled_sequence": "Body/DeviceAlertMessage/ThrottledAlertSequenceId",
        "throttled_count": "Body/DeviceAlertMessage/ThrottledAlertCount",
        "payload": "Body/DeviceAlertMessage/GBCSPayload",
    }
    alert_code: bytes
    payload: bytes
    throttled_sequence: int | None = None
    throttled_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DccAlert(_Message):
    """An alert of the DCC itself.

    Attributes:
        alert_code: see `duis.response_codes.ALERT_CODES`.
        alert: name of one element, e.g. `PowerOutageEvent`, with its values.
        throttled_sequence, throttled_count: for alerts that were put together, for there were too many.
    """

    paths: ClassVar[Mapping[str, str]] = {
        **Response.paths,
        "alert_code": "Body/DCCAlertMessage/DCCAlertCode",
        "throttled_sequence": "Body/DCCAlertMessage/ThrottledAlertSequenceId",
        "throttled_count": "Body/DCCAlertMessage/ThrottledAlertCount",
        "alert": "Body/DCCAlertMessage/DCCAlert",
    }
    alert_code: str
    alert: Mapping[str, Any]
    throttled_sequence: int | None = None
    throttled_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Smets1Response(_Message):
    """A Response that a SMETS1 service provider signed.

    Attributes:
        message: values of `SMETS1ResponseMessage`; the signed part is kept as XML text and not looked into.
    """

    paths: ClassVar[Mapping[str, str]] = {**Response.paths, "message": "Body/SMETS1ResponseMessage"}
    message: Mapping[str, Any]


_MESSAGES: Mapping[str, type[_Message]] = {
    "DeviceAlertMessage": DeviceAlert,
    "DCCAlertMessage": DccAlert,
    "SMETS1ResponseMessage": Smets1Response,
}
_MESSAGE = "Response/Body/ResponseMessage"
_HEADER = "Request/Header"


def parse(document: bytes) -> Document:
    """Reads a document, signed or not.

    Raises:
        CommandVariantError: the service does not have the command variant.
        DocumentError: anything else that DUIS does not allow.
    """
    root = markup.parse(document)
    if len(root) and root[-1].tag == markup.SIGNATURE:
        root.remove(root[-1])
    form = Form(root.nsmap, {}, root.get(_SCHEMA_LOCATION))
    if form.schema_location is not None:
        del root.attrib[_SCHEMA_LOCATION]
    if root.tag == markup.REQUEST:
        header = read_header(root)
        return _request_of(_request_form(header.variant, header.command_variant).read(root, "Request", form), form)
    return _response_of(content("Response").read(root, "Response", form), form)


def from_json(fields: Any) -> Document:
    """The document that `Document.to_json` gave; raises as `parse` does."""
    if not isinstance(fields, Mapping) or len(fields) != 1:
        raise DocumentError("", "an object with Request or Response alone wanted")
    ((root, values),) = fields.items()
    if root not in ("Request", "Response") or not isinstance(values, Mapping):
        raise DocumentError("", "an object with Request or Response alone wanted")
    declared = {key: value for key, value in values.items() if key.partition(":")[0] == _JSON_NAMESPACE}
    namespaces = {key.partition(":")[2] or None: str(uri) for key, uri in declared.items()}
    form = Form(namespaces or Form().namespaces, {}, values.get(_JSON_SCHEMA_LOCATION))
    inner = {key: value for key, value in values.items() if key not in declared and key != _JSON_SCHEMA_LOCATION}
    if root == "Response":
        return _response_of(_built_of_json(root, content("Response"), inner, form), form)
    header = _built_of_json("Header", content("RequestHeader"), inner.get("Header", {}), Form(), _HEADER)
    expected = _request_form(header["ServiceReferenceVariant"], header["CommandVariant"])
    return _request_of(_built_of_json(root, expected, inner, form), form)


def read_header(root: Node) -> RequestHeader:
    """The header of a Request, of whatever service.

    Raises:
        DocumentError: it is not one, or the root is no Request.
    """
    if root.tag != markup.REQUEST or not len(root) or root[0].tag != _HEADER_TAG:
        raise DocumentError("Request", "Header missing")
    values = content("RequestHeader").read(root[0], _HEADER, Form())
    _check_reference(values, _HEADER)
    return RequestHeader(
        values["RequestID"],
        values["CommandVariant"],
        values["ServiceReferenceVariant"],
        values.get("FirstInSequence"),
        values.get("PrecedingServiceRequestID"),
    )


def request_id_of(root: Node) -> RequestID:
    """The RequestID of a Request, of which nothing else is looked at; raises `DocumentError` where there is none."""
    return RequestID.parse(_request_id_node(root).text or "", f"{_HEADER}/RequestID")


def set_counter(root: Node, counter: int) -> None:
    """Gives a Request another counter in its RequestID; raises `DocumentError`."""
    _request_id_node(root).text = str(replace(request_id_of(root), counter=counter))


def _request_id_node(root: Node) -> Node:
    """The first element of the header, which is the first of the document."""
    if root.tag == markup.REQUEST and len(root) and len(root[0]):
        found = root[0][0]
        if root[0].tag == _HEADER_TAG and found.tag == _REQUEST_ID_TAG and not len(found):
            return found
    raise DocumentError("Request", "Header/RequestID missing")


def _build(name: str, kind: Content, values: Mapping[str, Any], form: Form, path: str = "") -> Node:
    """The element with those values, which are complete if there is one; raises `DocumentError`."""
    namespaces = dict(form.namespaces)
    if markup.DUIS not in namespaces.values():
        namespaces["sr"] = markup.DUIS
    tag = f"{{{markup.DUIS}}}{name}"
    try:
        root = etree.Element(tag, nsmap=namespaces)  # type: ignore[arg-type] # the stubs do not know None
        if form.schema_location is not None:
            root.set(_SCHEMA_LOCATION, form.schema_location)
    except (TypeError, ValueError) as error:
        raise DocumentError(name, str(error)) from None
    kind.write(root, values, path or name, form)
    return root


def _built_of_json(name: str, kind: Content, fields: Any, form: Form, path: str = "") -> dict[str, Any]:
    values = kind.from_json(fields, path or name, form)
    _build(name, kind, values, form, path)
    return values


@cache
def _request(body: str) -> Content:
    """What a Request with this element in its body holds."""
    version = content("Response").attributes
    form = Element(body, content(body))
    return Content(Group((Element("Header", content("RequestHeader")), _of_one("Body", form))), version)


def _of_one(name: str, element: Element) -> Element:
    return Element(name, Content(Group((element,))))


def _request_form(variant: str, command_variant: int) -> Content:
    service = SERVICES.get(variant)
    if not service:
        raise DocumentError(f"{_HEADER}/ServiceReferenceVariant", f"no service {variant}")
    return _request(service.form(command_variant).name)


def _request_of(values: dict[str, Any], form: Form) -> Request:
    _check_version(values.get(_VERSION_KEY), "Request")
    header = values["Header"]
    _check_reference(header, _HEADER)
    ((_, body),) = values["Body"].items()
    return Request(service=SERVICES[header["ServiceReferenceVariant"]], body=body, form=form, **Request._fields(values))


def _response_of(values: dict[str, Any], form: Form) -> Response | _Message:
    _check_version(values.get(_VERSION_KEY), "Response")
    ((kind, message),) = values["Body"].items()
    if kind in _MESSAGES:
        return _MESSAGES[kind](form=form, **_MESSAGES[kind]._fields(values))
    _check_variant(message, _MESSAGE)
    references = ("ServiceReference", "ServiceReferenceVariant")
    payload = {name: value for name, value in message.items() if name not in references}
    return Response(variant=message[references[1]], payload=payload, form=form, **Response._fields(values))


def _check_version(version: Any, root: str) -> None:
    """A decimal, so that 5.40 is 5.4."""
    path = f"{root}/{_VERSION_KEY}"
    if not isinstance(version, str):
        raise DocumentError(path, "missing")
    if Decimal(content("Response").attributes[_VERSION_KEY].read(version, path).strip()) not in SCHEMA_VERSIONS:
        known = ", ".join(map(str, SCHEMA_VERSIONS))
        raise DocumentError(path, f"DUIS {version} is not known, only {known}")


def _check_reference(values: Mapping[str, Any], path: str) -> None:
    if values["ServiceReference"] != service_reference(values["ServiceReferenceVariant"]):
        raise DocumentError(f"{path}/ServiceReference", f"is not that of variant {values['ServiceReferenceVariant']}")


def _check_variant(values: Mapping[str, Any], path: str) -> None:
    _check_reference(values, path)
    if values["ServiceReferenceVariant"] not in SERVICES:
        raise DocumentError(f"{path}/ServiceReferenceVariant", f"no service {values['ServiceReferenceVariant']}")
