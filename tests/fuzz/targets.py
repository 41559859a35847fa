"""The targets: what takes octets from outside, each as a function that lets nothing escape but a bug.

A target returns where the octets are a value, and where they are refused with the error that this door documents.
Whatever else it raises has been found. Where what was read can be written, it asserts that it is the same again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from devices.han.check import sealed
from devices.han.image import Answer
from devices.han.image import Block as ImageBlock
from devices.han.time import Told
from devices.link.frame import Frame, Kind
from devices.link.reliable import Link
from devices.store import Store
from gbcs.cosem.skip import skip
from gbcs.cursor import Cursor
from gbcs.decoding import decode, read_octets
from gbcs.errors import DecodeError, GbcsError, SecurityError
from gbcs.framing import TunnelCommand, TunnelPayload, Unwrapper, wrap
from gbcs.json_form import from_json, to_json
from gbcs.message import Message
from gbcs.prepayment import Utrn, ValueClass
from gbcs.transfer import MAXIMUM_OCTETS, Block, Reassembler, Settings, split
from tests.fuzz import certificates
from tests.fuzz.seeds import Opened, Seed, seeds
from tests.gbcs.keys import MemoryKeys

_INDEX = 2
#: Between the frames of one input.
_BETWEEN = b"\xff\xfe\xff\xfe"


class Target(NamedTuple):
    """One door.

    Attributes:
        run: takes any octets.
        seeds: valid ones.
    """

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


@cache
def _keys() -> MemoryKeys:
    return MemoryKeys()


@cache
def _messages() -> list[bytes]:
    return [seed.message(_keys()) for seed in seeds()]


# Messages.


def _framing(octets: bytes) -> None:
    try:
        message = Message.decode(octets)
    except DecodeError:
        return
    assert Message.decode(message.encode()) == message


def _decode(octets: bytes) -> None:
    try:
        decoded = decode(octets, _keys())
    except DecodeError as error:
        assert error.field
        assert 0 <= error.offset <= len(octets)
        return
    assert from_json(_through_text(to_json(decoded))) == decoded.message.encode()


def _through_text(json_form: Any) -> Any:
    return json.loads(json.dumps(json_form))


# Payloads: two octets choose a header, the rest is content.


@cache
def _headers(payload_kind: str) -> list[Seed]:
    return [seed for seed in seeds() if seed.use_case.payload_kind == payload_kind]


def _payloads(payload_kind: str) -> Target:
    def run(octets: bytes) -> None:
        if len(octets) < _INDEX:
            return
        headers = _headers(payload_kind)
        seed = headers[int.from_bytes(octets[:_INDEX], "big") % len(headers)]
        read_payload(seed, octets[_INDEX:])

    def valid() -> list[bytes]:
        return [at.to_bytes(_INDEX, "big") + seed.content() for at, seed in enumerate(_headers(payload_kind))]

    return Target(payload_kind, run, valid)


def read_payload(seed: Seed, content: bytes) -> None:
    """Reads content that stands behind the seed's header, and writes it again by way of JSON."""
    form, message = seed.use_case.form(), seed.header.with_content(content)
    context = Opened(message)
    try:
        payload = form.decode(context)
    except DecodeError as error:
        assert error.field
        assert 0 <= error.offset <= len(content)
        return
    shown = _through_text(form.to_json(payload, message.kind))
    written = form.encode(form.from_json(shown, message.kind), context)
    # Lengths are read in any form and written in the shortest; of ASN.1 also integers and defaults.
    if written != content:
        assert len(written) < len(content)
        assert form.decode(Opened(seed.header.with_content(written))) == payload


# Text.


def _read_octets(octets: bytes) -> None:
    try:
        read = read_octets(octets)
    except DecodeError:
        return
    assert len(read) <= len(octets)


def _texts() -> list[bytes]:
    return [b"df 09:01\n0A", b"3wkB", b"\xdf\x09", b"dd" * 9]


def _utrn(octets: bytes) -> None:
    try:
        utrn = Utrn.parse(octets.decode("utf-8", "surrogateescape"))
    except (DecodeError, SecurityError):
        return
    assert Utrn.parse(utrn.grouped()) == utrn


def _utrns() -> list[bytes]:
    made = [Utrn(7, ValueClass.POUNDS, 20, b"\x01\x02\x03\x04"), Utrn(1023, ValueClass.PENCE, 8191, b"\xff" * 4)]
    return [text.encode() for utrn in made for text in (str(utrn), utrn.grouped())]


def _encode(octets: bytes) -> None:
    try:
        fields = json.loads(octets)
    except (ValueError, RecursionError):
        return
    if not isinstance(fields, dict):
        return
    try:
        built = from_json(fields, _keys())
    except GbcsError as error:
        assert str(error)
        return
    Message.decode(built)


def _objects() -> list[bytes]:
    shown = (to_json(decode(octets, _keys())) for octets in _messages())
    return [
        json.dumps({name: field for name, field in fields.items() if name != "octets"}).encode() for fields in shown
    ]


# Transports.


def _wan(octets: bytes) -> None:
    unwrapper = Unwrapper()
    sizes = 1 + (octets[0] if octets else 0)
    payloads = []
    try:
        for start in range(0, len(octets), sizes):
            payloads += unwrapper.feed(octets[start : start + sizes])
    except DecodeError:
        return
    rest = len(octets) - unwrapper.pending
    # Ports are not kept.
    assert sum(len(wrap(payload)) for payload in payloads) == rest


def _han(octets: bytes) -> None:
    try:
        payload = TunnelPayload.decode(octets)
    except DecodeError:
        return
    assert payload.encode() == octets


def _tunnels() -> list[bytes]:
    return [TunnelPayload(command, _messages()[0], 1 + command).encode() for command in TunnelCommand]


def _blocks(octets: bytes) -> None:
    """Frames in wrappers, of one message."""
    reassembler = None
    try:
        for frame in Unwrapper().feed(octets):
            block = Block.decode(frame)
            assert Block.decode(block.encode()) == block
            reassembler = reassembler or Reassembler(block.routing)
            whole = reassembler.feed(block)
            assert whole is None or len(whole) <= MAXIMUM_OCTETS
    except DecodeError:
        return


def _frames() -> list[bytes]:
    def wrapped(blocks: Iterable[Block]) -> bytes:
        return b"".join(wrap(block.encode()) for block in blocks)

    blocks = split(_messages()[0], Settings(block_size=20))
    return [wrapped(blocks), wrapped(blocks[::-1]), wrapped([*blocks[:2], *blocks]), wrapped(blocks[1:])]


def _skip(octets: bytes) -> None:
    cursor = Cursor(octets)
    try:
        skip(cursor)
    except DecodeError:
        return
    assert cursor.position <= len(octets)


def _link(octets: bytes) -> None:
    """One end of a link takes frames whose CRC is right, whatever is in them."""
    store, taken = Store(), list[bytes]()
    link = Link(store, "link")
    link.connect()
    for part in octets.split(_BETWEEN):
        link.receive(part + zlib.crc32(part).to_bytes(4, "big"), lambda octets: not taken.append(octets))
        link.frames(1.0)
    Link(store, "link")


def _link_frames() -> list[bytes]:
    message = b"message"
    blocks = split(_messages()[0], Settings(block_size=20))
    frames = [
        Frame(Kind.GREETING, 7, 0, 0, body=b"somebody"),
        Frame(Kind.MESSAGE, 7, 0, 0, 1, 1, message),
        *(Frame(Kind.BLOCK, 7, 0, 0, 2, 1, block.encode()) for block in blocks),
        Frame(Kind.MESSAGE, 8, 0, 0, 3, 3, message),
    ]
    return [_BETWEEN.join(frame.encode()[:-4] for frame in frames)]


def _beside(octets: bytes) -> None:
    """What goes beside a link through its tunnel, with a CRC that is right, whatever is in it."""
    for command, kind in ((TunnelCommand.TIME, Told), (TunnelCommand.IMAGE, ImageBlock), (TunnelCommand.IMAGE, Answer)):
        try:
            said = kind.decode(sealed(command, octets))
        except DecodeError:
            continue
        assert kind.decode(said.encode()) == said


def _said() -> list[bytes]:
    now = datetime(2026, 3, 14, tzinfo=UTC)
    said = (Told(1), Told(2, now), ImageBlock(1, b"\0\0\0\2", True, 6, 3, b"def"), Answer(1, 6))
    return [each.encode()[:-4] for each in said]


def _data() -> list[bytes]:
    return [bytes.fromhex(each) for each in ("0202 0102 1101 1102 0901ff", "13 02 02 12 09 05 0001 02 aabb", "0404 f0")]


TARGETS = {
    target.name: target._replace(seeds=cache(target.seeds))
    for target in (
        Target("framing", _framing, _messages),
        Target("decode", _decode, _messages),
        _payloads("dlms"),
        _payloads("gbz"),
        _payloads("asn1"),
        Target("skip", _skip, _data),
        Target("read-octets", _read_octets, _texts),
        Target("utrn", _utrn, _utrns),
        Target("encode", _encode, _objects),
        Target("wan", _wan, lambda: [wrap(octets) + wrap(b"") for octets in _messages()[:4]]),
        Target("han", _han, _tunnels),
        Target("transfer", _blocks, _frames),
        Target("link", _link, _link_frames),
        Target("beside", _beside, _said),
        Target("certificate", certificates.certificate, certificates.certificates),
        Target("request", certificates.request, certificates.requests),
        Target("revocation-list", certificates.revocation_list, certificates.revocation_lists),
        Target("keystore", certificates.keystore, certificates.keystores),
        Target("documents", certificates.documents, certificates.document_texts),
    )
}
