"""Stepping over A-XDR data of whatever type, to look at what comes behind them."""

from __future__ import annotations

from gbcs.cursor import Cursor

#: GBCS data nest to about six levels.
MAXIMUM_NESTING = 16
#: Tag -> octets of the value, for types of fixed width.
_WIDTHS = {0x00: 0, 0x03: 1, 0x05: 4, 0x06: 4, 0x0F: 1, 0x10: 2, 0x11: 1, 0x12: 2, 0x14: 8, 0x15: 8, 0x16: 1}
_OCTETS = {0x09, 0x0A, 0x0C}
_ARRAY, _STRUCTURE, _BIT_STRING, _COMPACT_ARRAY = 0x01, 0x02, 0x04, 0x13


def skip(cursor: Cursor, nesting: int = 0) -> None:
    """Reads one value and forgets it.

    Raises:
        DecodeError: an unknown tag, a value that is cut short, or nesting deeper than `MAXIMUM_NESTING`.
    """
    tag = _tag(cursor, nesting)
    if tag in _WIDTHS:
        cursor.take(_WIDTHS[tag], "data")
    elif tag in _OCTETS:
        cursor.take(cursor.length("data.length"), "data")
    elif tag == _BIT_STRING:
        cursor.take((cursor.length("data.length") + 7) // 8, "data")
    elif tag == _COMPACT_ARRAY:
        _skip_description(cursor, nesting + 1)
        cursor.take(cursor.length("data.length"), "data")
    else:
        for _ in range(cursor.length("data.count")):
            skip(cursor, nesting + 1)


def _skip_description(cursor: Cursor, nesting: int) -> None:
    tag = _tag(cursor, nesting)
    if tag == _ARRAY:
        cursor.take(2, "data.description")
        _skip_description(cursor, nesting + 1)
    elif tag == _STRUCTURE:
        for _ in range(cursor.uint(1, "data.description")):
            _skip_description(cursor, nesting + 1)


def _tag(cursor: Cursor, nesting: int) -> int:
    if nesting > MAXIMUM_NESTING:
        raise cursor.error("data", f"nested deeper than {MAXIMUM_NESTING}")
    tag = cursor.uint(1, "data.tag")
    if tag not in _WIDTHS and tag not in _OCTETS and tag not in (_ARRAY, _STRUCTURE, _BIT_STRING, _COMPACT_ARRAY):
        raise cursor.error("data.tag", f"{tag:02x} is no type of GBCS")
    return tag
