"""Message headers into rows of numbers: `gbcs.message.Message.decode` for many, with the same errors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled
from gbcs.kernels.memory import word16, word32, word64

#: Where a message can be wrong: number -> field, as `gbcs.errors.DecodeError` names it; 0 is no error.
FIELDS = (
    "",
    "mac_header",
    "mac_header.length",
    "mac_header.security_header",
    "grouping_header",
    "grouping_header.transaction_id.length",
    "grouping_header.cra_flag",
    "grouping_header.originator_counter",
    "grouping_header.originator.length",
    "grouping_header.originator",
    "grouping_header.recipient.length",
    "grouping_header.recipient",
    "grouping_header.date_time.length",
    "grouping_header.date_time",
    "other_information.length",
    "other_information",
    "other_information.supplementary_remote_party_key_agreement_certificate",
    "content.length",
    "content",
    "signature.length",
    "signature",
    "mac",
    "message",
)
(
    _MAC_HEADER,
    _MAC_LENGTH,
    _SECURITY_HEADER,
    _GROUPING_HEADER,
    _TRANSACTION_LENGTH,
    _CRA,
    _COUNTER,
    _ORIGINATOR_LENGTH,
    _ORIGINATOR,
    _RECIPIENT_LENGTH,
    _RECIPIENT,
    _DATE_TIME_LENGTH,
    _DATE_TIME,
    _OTHER_LENGTH,
    _OTHER,
    _CERTIFICATE,
    _CONTENT_LENGTH,
    _CONTENT,
    _SIGNATURE_LENGTH,
    _SIGNATURE,
    _MAC,
    _MESSAGE,
) = range(1, len(FIELDS))

#: One row a message. Positions count from the first octet of the column; identifiers are big-endian numbers.
HEADER = np.dtype(
    [
        ("error", np.uint8),  # number in FIELDS
        ("kind", np.uint8),  # 0 pre-command, 1 command, 2 response, 3 alert
        ("cra", np.uint8),
        ("maced", np.bool_),
        ("message_code", np.uint16),
        ("signature_length", np.int16),  # 0 or 64; -1 where even the length octet is missing
        ("error_offset", np.uint32),  # from the message's first octet
        ("content_length", np.uint32),
        ("originator_counter", np.uint64),
        ("originator", np.uint64),
        ("recipient", np.uint64),
        ("party", np.uint64),  # supplementary remote party, its counter, the originator's own: 0 where there is none
        ("party_counter", np.uint64),
        ("own_counter", np.uint64),
        ("header", np.int64),  # position of the grouping header
        ("content", np.int64),  # position of the content
        ("certificate", np.int64),  # position of the party's certificate, -1 where there is none
        ("date_time", np.int64),  # position of the date-time, -1 where there is none
    ],
    align=True,
)


@compiled
def parse_headers(octets: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.void]) -> None:
    """Reads octets[offsets[i] : offsets[i + 1]] into rows[i], of type `HEADER`.

    A row with an error has zeros from the offending field on.
    """
    for item in range(len(offsets) - 1):
        row = rows[item]
        _clear(row)
        error, at = _parse(octets, offsets[item], offsets[item + 1], row)
        row.error = error
        if error:
            row.error_offset = at - offsets[item]


@compiled
def _clear(row: Any) -> None:
    row.error = row.kind = row.cra = row.maced = row.message_code = row.error_offset = row.content_length = 0
    row.originator_counter = row.originator = row.recipient = row.party = row.party_counter = row.own_counter = 0
    row.header = row.content = 0
    row.signature_length = row.certificate = row.date_time = -1


@compiled
def read_length(octets: NDArray[np.uint8], at: Any, end: Any) -> tuple[Any, Any]:
    """A BER length of up to 4 octets: its value and the position after it, or -1 and the position of the fault."""
    if at >= end:
        return -1, at
    first = np.int64(octets[at])
    if first < 0x80:
        return first, at + 1
    width = first & 0x7F
    if not 1 <= width <= 4:
        return -1, at
    at += 1
    if end - at < width:
        return -1, at
    value = np.int64(0)
    for i in range(width):
        value = value << 8 | np.int64(octets[at + i])
    return value, at + width


@compiled
def _parse(octets: NDArray[np.uint8], at: Any, end: Any, row: Any) -> tuple[Any, Any]:
    """The number of the wrong field, 0 for none, and the position of the fault."""
    if at >= end or octets[at] != 0xDF:
        if end - at < 7 or word32(octets, at) != 0xDD000000 or word32(octets, at + 3) != 0:
            return _MAC_HEADER, at
        length, at = read_length(octets, at + 7, end)
        if length != end - at:
            return _MAC_LENGTH, at
        if end - at < 5 or word32(octets, at) != 0x11000000 or octets[at + 4]:
            return _SECURITY_HEADER, at
        at += 5
        row.maced = True
    row.header = at
    error, at = _parse_identifier(octets, at, end, row)
    if error:
        return error, at
    error, at = _parse_other_information(octets, at, end, row)
    if error:
        return error, at
    length, at = read_length(octets, at, end)
    if length < 0:
        return _CONTENT_LENGTH, at
    if end - at < length:
        return _CONTENT, at
    row.content, row.content_length = at, length
    return _parse_protection(octets, at + length, end, row)


@compiled
def _parse_identifier(octets: NDArray[np.uint8], at: Any, end: Any, row: Any) -> tuple[Any, Any]:
    """Grouping header up to the date-time."""
    if end - at < 1 or octets[at] != 0xDF:
        return _GROUPING_HEADER, at
    if end - at < 2 or octets[at + 1] != 9:
        return _TRANSACTION_LENGTH, at + 1
    if end - at < 3 or not 1 <= octets[at + 2] <= 3:
        return _CRA, at + 2
    row.cra = row.kind = octets[at + 2]
    if end - at < 11:
        return _COUNTER, at + 3
    row.originator_counter = word64(octets, at + 3)
    if end - at < 12 or octets[at + 11] != 8:
        return _ORIGINATOR_LENGTH, at + 11
    if end - at < 20:
        return _ORIGINATOR, at + 12
    row.originator = word64(octets, at + 12)
    if end - at < 21 or octets[at + 20] != 8:
        return _RECIPIENT_LENGTH, at + 20
    if end - at < 29:
        return _RECIPIENT, at + 21
    row.recipient = word64(octets, at + 21)
    if end - at < 30 or octets[at + 29] not in (0, 12):
        return _DATE_TIME_LENGTH, at + 29
    length = np.int64(octets[at + 29])
    if end - at < 30 + length:
        return _DATE_TIME, at + 30
    if length:
        row.date_time = at + 30
    return 0, at + 30 + length


@compiled
def _parse_other_information(octets: NDArray[np.uint8], at: Any, end: Any, row: Any) -> tuple[Any, Any]:
    """Message code and supplementary fields."""
    length, at = read_length(octets, at, end)
    if length < 27 and length not in (2, 10, 18, 26):
        return _OTHER_LENGTH, at
    if end - at < length:
        return _OTHER, at
    row.message_code = word16(octets, at)
    if length > 2:
        row.party = word64(octets, at + 2)
    if length > 10:
        row.party_counter = word64(octets, at + 10)
    after = at + length
    if length == 26:
        row.own_counter = word64(octets, at + 18)
    elif length > 26:
        if octets[at + 18] != 0x30:
            return _CERTIFICATE, at + 18
        inner, start = read_length(octets, at + 19, after)
        if inner != after - start:
            return _CERTIFICATE, start
        row.certificate = at + 18
    return 0, after


@compiled
def _parse_protection(octets: NDArray[np.uint8], at: Any, end: Any, row: Any) -> tuple[Any, Any]:
    """Signature and MAC."""
    if row.maced or at < end:
        if at >= end or octets[at] not in (0, 64):
            return _SIGNATURE_LENGTH, at
        length = np.int64(octets[at])
        at += 1
        if end - at < length:
            return _SIGNATURE, at
        row.signature_length = length
        at += length
    if row.maced:
        if end - at < 12:
            return _MAC, at
        at += 12
    if at < end:
        return _MESSAGE, at
    if row.cra == 1 and row.signature_length <= 0 and not row.maced:
        row.kind = 0
    return 0, at
