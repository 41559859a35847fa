from __future__ import annotations

import pytest

from duis import markup
from duis.errors import DocumentError
from tests.duis.conftest import REQUEST

DOCUMENT = REQUEST.encode()


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (b"<!DOCTYPE x []>" + DOCUMENT, "DOCTYPE"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/hostname">' + DOCUMENT, "DOCTYPE"),
        (('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []>' + REQUEST).encode("utf-16"), "not well-formed"),
        (REQUEST.encode("utf-16"), "not well-formed"),
        (DOCUMENT.replace(b"Hello", b"&hello;"), "not well-formed"),
        (DOCUMENT.replace(b"Hello", b"\xe9"), "not well-formed"),
        (b"<?xml-stylesheet href='a'?>" + DOCUMENT, "processing instruction"),
        (DOCUMENT.replace(b"Hello", b"He<?x?>llo"), "processing instruction"),
        (DOCUMENT.replace(b"Hello", b"<a>" * 260 + b"</a>" * 260), "Excessive depth"),
        (DOCUMENT.replace(b"Hello", b"<a>" * 260 + b"</a>" * 260 + b"x" * 10_000_000), "deeper than 256"),
        (DOCUMENT.replace(b"Hello", b"<a>" * 3000 + b"</a>" * 3000 + b"x" * 10_000_000), "Excessive depth"),
        (b'<?xml version="1.0"?><?x?>' + DOCUMENT, "processing instruction"),
        (b"\xef\xbb\xbf<?x?>" + DOCUMENT, "processing instruction"),
        (DOCUMENT + b"<?x?>", "processing instruction"),
        (DOCUMENT.replace(b"Hello", b"x" * markup.MAX_OCTETS), "more than"),
        (b"<Request/>", "the root is"),
        (DOCUMENT.replace(b"sr:Request ", b"sr:Body ").replace(b"</sr:Request>", b"</sr:Body>"), "the root is"),
        (b"", "not well-formed"),
    ],
)
def test_refused(document, rule):
    with pytest.raises(DocumentError, match=rule):
        markup.parse(document)


def test_a_comment_neither_hides_nor_splits_text():
    document = DOCUMENT.replace(b"Hello", b"He<!-- not -->llo")
    assert markup.canonical(markup.parse(document)) == DOCUMENT


def test_a_relative_namespace_has_no_canonical_form():
    with pytest.raises(DocumentError, match="canonical"):
        markup.canonical(markup.parse(DOCUMENT.replace(b" schemaVersion", b' xmlns:x="y" schemaVersion')))


def test_white_space_goes_between_elements_only():
    laid_out = DOCUMENT.replace(b"><", b">\n\t<").replace(b"Hello", b" \n")
    root = markup.parse(laid_out)
    markup.compact(root)
    assert markup.canonical(root) == DOCUMENT.replace(b"Hello", b" \n")
