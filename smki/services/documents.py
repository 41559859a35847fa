"""The XML of the services: requests read with suspicion, answers written in the order that clients expect.

Requests may have a namespace or none; the answer has the same. Source: SEC Appendix M (web service definitions) and the
certificate search that clients of DCC Boxed use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse
from smki.certificate import Kind
from smki.errors import SmkiError
from smki.repository import Lodged
from smki.services.certification import Answer, BatchResult, ServiceError, Status, encoded

Node: TypeAlias = "etree._Element"
#: What an element holds: text, or elements.
Content: TypeAlias = "str | int | Iterable[Part]"
#: An element: its name, its content, and its ID attribute if it has one.
Part: TypeAlias = "tuple[str, Content] | tuple[str, Content, str]"

_VERSION, _BUILD = "1.0", "gbcs-rig"
_NO_NAMESPACE = ""


class DocumentError(SmkiError):
    """A document that is none, or not the one that belongs there."""


@dataclass(frozen=True, slots=True)
class Document:
    """A request, or what is known of one that could not be read.

    Attributes:
        namespace: of its root element; empty if it had none.
        identifier: its ID attribute, which the answer repeats.
        texts: of the elements in the root element, by name.
        parts: those elements.
    """

    namespace: str = _NO_NAMESPACE
    identifier: str | None = None
    texts: dict[str, str] = field(default_factory=dict)
    parts: list[Node] = field(default_factory=list)

    def answer(self, name: str, content: Content) -> bytes:
        """A document with this root element."""
        return render(name, content, self.namespace, self.identifier)


def parse(octets: bytes, name: str) -> Document:
    """Reads a document whose root element has this name.

    Raises:
        DocumentError: it is none, has a DOCTYPE, or another root element.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DocumentError(f"not XML: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentError("a DOCTYPE is not allowed")
    if _local(root) != name:
        raise DocumentError(f"{_local(root)} where {name} belongs")
    parts = list(root)
    texts = {_local(part): _text(part) for part in parts}
    return Document(etree.QName(root).namespace or _NO_NAMESPACE, root.get("ID"), texts, parts)


def render(name: str, content: Content, namespace: str = _NO_NAMESPACE, identifier: str | None = None) -> bytes:
    """A document with this root element."""
    prefix = f"{{{namespace}}}" if namespace else ""
    root = etree.Element(prefix + name)
    if identifier is not None:
        root.set("ID", identifier)
    _fill(root, content, prefix)
    octets: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return octets


def batch_requests(document: Document) -> list[tuple[str, bytes]]:
    """Name and text of every request of a SubmitCSRBatch.

    Raises:
        DocumentError: one without an ID, two with the same, or none at all.
    """
    requests, names = [], set()
    for node in document.parts:
        if _local(node) != "DeviceCSR":
            continue
        name = node.get("ID") or ""
        if not re.fullmatch(r"\S{1,100}", name) or name in names:
            raise DocumentError(f"DeviceCSR with the ID {name!r}, which is no name or not the only one")
        names.add(name)
        inner = next((part for part in node.iter() if _local(part) == "CertificateSigningRequest"), node)
        requests.append((name, _text(inner).encode()))
    if not requests:
        raise DocumentError("no DeviceCSR in the batch")
    return requests


def issued(outcome: Answer | ServiceError, transaction: int) -> Iterator[Part]:
    """Content of a CertificateSigningResponse."""
    yield from (("Version", _VERSION), ("Build", _BUILD), ("TransactionId", transaction))
    if isinstance(outcome, ServiceError):
        yield from (("Status", outcome.status), _error(outcome.code, outcome.text))
    else:
        yield from (("Status", Status.SUCCESS), ("Certificate", encoded(outcome.certificate)))


def submitted(outcome: int | ServiceError) -> Iterator[Part]:
    """Content of a SubmitCSRBatchStatus."""
    yield from (("Version", _VERSION), ("Build", _BUILD))
    if isinstance(outcome, ServiceError):
        yield from (("BatchStatus", outcome.status), _error(outcome.code, outcome.text))
    else:
        yield from (("BatchStatus", "PENDING"), ("BatchId", outcome))


def batch_result(outcome: BatchResult | ServiceError) -> Iterator[Part]:
    """Content of a CSRBatchResult."""
    yield from (("Version", _VERSION), ("Build", _BUILD))
    if isinstance(outcome, ServiceError):
        yield from (("BatchStatus", outcome.status), _error(outcome.code, outcome.text))
        return
    yield from (("BatchStatus", outcome.status), ("BatchId", outcome.number))
    for item in outcome.items:
        answer: Part = ("Certificate", item.answer or "")
        if item.code:
            answer = _error(item.code, item.answer or "")
        yield ("DeviceCertificate", (("Status", item.status or ""), answer), item.name)


def search_result(found: Iterable[Lodged], audit: int) -> Iterator[Part]:
    """Content of a CertificateSearchResponse."""
    yield from _success(audit)
    for item in found:
        parts = dict(_facts(item))
        yield ("Result", [(name, parts[name]) for name in _SEARCH_ORDER if name in parts])


def data_result(item: Lodged, audit: int) -> Iterator[Part]:
    """Content of a CertificateDataResponse."""
    yield from _success(audit)
    parts = dict(_facts(item)) | {"CertificateBody": encoded(item.certificate)}
    yield ("CertificateResponse", [(name, parts[name]) for name in _DATA_ORDER if name in parts])


def failure(code: int, message: str, audit: int) -> Iterator[Part]:
    """Content of either answer where nothing was found, or the question was wrong."""
    yield from (("ResponseCode", code), ("ResponseMessage", message), ("AuditReference", audit))


_SEARCH_ORDER = (
    "CertificateSerial",
    "CertificateSubjectAltName",
    "CertificateSubjectName",
    "CertificateStatus",
    "CertificateRole",
    "CertificateUsage",
    "ManufacturingFlag",
)
_DATA_ORDER = (
    "CertificateSubjectName",
    "CertificateSubjectAltName",
    "CertificateSerial",
    "CertificateStatus",
    "CertificateBody",
    "CertificateRole",
    "CertificateUsage",
    "ManufacturingFlag",
)


def _success(audit: int) -> Iterator[Part]:
    yield from failure(200, "Success", audit)


def _facts(item: Lodged) -> Iterator[tuple[str, str]]:
    certificate = item.certificate
    holder = str(certificate.eui) if certificate.eui else certificate.subject.rfc4514_string()
    yield ("CertificateSubjectAltName" if certificate.kind is Kind.DEVICE else "CertificateSubjectName", holder)
    yield "CertificateSerial", f"{certificate.serial:032X}"
    yield "CertificateStatus", item.status
    if certificate.role_code is not None:
        yield "CertificateRole", str(certificate.role_code)
    if certificate.use:
        yield "CertificateUsage", certificate.use.name
    yield "ManufacturingFlag", "true" if item.manufacturing else "false"


def holder(document: Document) -> tuple[Kind, Eui64]:
    """Whose certificates a CertificateSearchRequest is for.

    Raises:
        DocumentError: it does not name a device or an organisation by its EUI-64.
    """
    names = {"CertificateSubjectAltName": Kind.DEVICE, "CertificateSubjectName": Kind.ORGANISATION}
    given = [(kind, document.texts[name]) for name, kind in names.items() if name in document.texts]
    if len(given) != 1:
        raise DocumentError(f"one of {' and '.join(names)} wanted")
    ((kind, text),) = given
    try:
        return kind, Eui64.parse(text)
    except DecodeError as error:
        raise DocumentError(error.reason) from None


def asked_use(document: Document) -> KeyUse | None:
    """The use that a search is limited to.

    Raises:
        DocumentError: there is no such use.
    """
    text = document.texts.get("CertificateUsage")
    if text not in (None, "DS", "KA"):
        raise DocumentError(f"CertificateUsage {text!r} is neither DS nor KA")
    return KeyUse[text] if text else None


def _error(code: str, text: str) -> Part:
    return "Error", (("ErrorCode", code), ("ErrorText", text))


def _fill(node: Node, content: Content, prefix: str) -> None:
    if isinstance(content, (str, int)):
        node.text = _printable(str(content))
        return
    for name, inner, *identifier in content:
        child = etree.SubElement(node, prefix + name)
        for text in identifier:
            child.set("ID", text)
        _fill(child, inner, prefix)


def _printable(text: str) -> str:
    """The text without what XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def _local(node: Node) -> str:
    return etree.QName(node).localname


def _text(node: Node) -> str:
    """The text of an element, or of those in it."""
    return "".join(map(str, node.itertext())).strip()
