"""XML in and out: the one hardened parser, the one serialiser, the one canonical form.

A DUIS document is UTF-8 and has no DTD, entities or processing instructions, so that nothing in it can reach outside it
or mean different things to two readers. Comments are dropped at once: they are no part of what is signed.
"""

from __future__ import annotations

import base64

from lxml import etree

from duis.errors import DocumentError

Node = etree._Element

DUIS = "http://www.dccinterface.co.uk/ServiceUserGateway"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
XML_SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"

REQUEST = f"{{{DUIS}}}Request"
RESPONSE = f"{{{DUIS}}}Response"
SIGNATURE = f"{{{DSIG}}}Signature"

#: Room for the largest firmware image (10,240,000 octets) in base64, with a full list of devices beside it.
MAX_OCTETS = 16_000_000
#: As much as libxml2 takes for one text without its unlimited mode.
_MAX_TEXT = 10_000_000
#: That of libxml2 without its unlimited mode; the deepest element of the schemas is some 15 below the root.
MAX_DEPTH = 256

WHITE_SPACE = " \t\r\n"
_NO_WHITE_SPACE = dict.fromkeys(map(ord, WHITE_SPACE))
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
_QUOTED = 80
# The encoding is imposed, not read from the document: otherwise another one could hide a DOCTYPE.
_PARSER, _LARGE_PARSER = (
    etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=huge,
        collect_ids=False,
        remove_comments=True,
    )
    for huge in (False, True)
)
_TOO_DEEP = etree.XPath("/*" * (MAX_DEPTH + 1))
_INSTRUCTIONS = etree.XPath("//processing-instruction()")


def parse(document: bytes) -> Node:
    """The root element of `document`, which is a DUIS `Request` or `Response`.

    Raises:
        DocumentError: it is too large or too deep, has a DOCTYPE or a processing instruction, is not well-formed XML in
            UTF-8, or has another root.
    """
    if len(document) > MAX_OCTETS:
        raise DocumentError("", f"{len(document)} octets, more than {MAX_OCTETS}")
    if b"<!DOCTYPE" in document:
        raise DocumentError("", "a DOCTYPE is not allowed")
    is_large = len(document) >= _MAX_TEXT
    try:
        root = etree.fromstring(document, _LARGE_PARSER if is_large else _PARSER)
    except etree.XMLSyntaxError as error:
        raise DocumentError("", f"not well-formed XML: {error.msg}") from None
    if is_large and _TOO_DEEP(root):
        raise DocumentError("", f"elements nest deeper than {MAX_DEPTH}")
    # Where there is but the declaration, there is none.
    if document.count(b"<?") > document.startswith(b"<?xml ") and _INSTRUCTIONS(root):
        raise DocumentError("", "a processing instruction is not allowed")
    if root.tag not in (REQUEST, RESPONSE):
        raise DocumentError("", f"the root is {root.tag}, neither Request nor Response of DUIS")
    return root


def name(node: Node) -> str:
    """The local name of an element, as error paths show it."""
    return etree.QName(node).localname


def quote(text: str) -> str:
    """The text as error messages show it, cut short when long."""
    return repr(text if len(text) <= _QUOTED else text[:_QUOTED] + "…")


def serialise(root: Node) -> bytes:
    """The document as octets, with the declaration that DUIS tools write."""
    return DECLARATION + etree.tostring(root, encoding="UTF-8")


def canonical(node: Node, *, exclusive: bool = False) -> bytes:
    """Canonical XML 1.0, or Exclusive Canonical XML 1.0, of an element and what is in it, without comments.

    Raises:
        DocumentError: a namespace name is relative, which has no canonical form.
    """
    try:
        return etree.tostring(node, method="c14n", exclusive=exclusive, with_comments=False, with_tail=False)
    except etree.C14NError:
        raise DocumentError("", "has no canonical form: a namespace name is not absolute") from None


def is_blank(text: str | None) -> bool:
    """Whether there is no text, or nothing but XML white space."""
    return not text or not text.strip(WHITE_SPACE)


def decode_base64(text: str) -> bytes:
    """The octets of xs:base64Binary, white space anywhere.

    Raises:
        ValueError: there is any other stray character, or a bit that counts for nothing is set.
    """
    characters = text.translate(_NO_WHITE_SPACE)
    octets = base64.b64decode(characters, validate=True)
    if base64.b64encode(octets).decode() != characters:
        raise ValueError("the last character has bits that count for nothing")
    return octets


def detach(node: Node) -> None:
    """Takes an element out of its tree; the text after it stays."""
    parent = node.getparent()
    if parent is None:
        return
    before = node.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + (node.tail or "")
    else:
        parent.text = (parent.text or "") + (node.tail or "")
    parent.remove(node)


def compact(root: Node) -> None:
    """Removes white space between elements; white space that is an element's whole content stays."""
    for node in root.iter():
        if len(node) and is_blank(node.text):
            node.text = None
        if node is not root and is_blank(node.tail):
            node.tail = None


def parse_fragment(text: bytes, path: str) -> Node:
    """An element that is to stand at `path` of a document; raises `DocumentError` when it is not well-formed XML."""
    if b"<!DOCTYPE" in text:
        raise DocumentError(path, "a DOCTYPE is not allowed")
    try:
        return etree.fromstring(text, _PARSER)
    except etree.XMLSyntaxError as error:
        raise DocumentError(path, f"not well-formed XML: {error.msg}") from None
