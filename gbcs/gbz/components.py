"""Use case specific components: the frames that GBZ content consists of (GBCS 7.2.10; message structure 5.1).

Around a ZCL header and payload stand an extended header, most significant octet first, and where the payload is
encrypted an additional header. Encrypted components of one message have the same key and initialisation vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gbcs.cosem.types import Json, Value, fault
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, MissingKeyError, SecurityError, UseCaseError
from gbcs.gbz.model import DISABLE_DEFAULT_RESPONSE, Command
from gbcs.gbz.types import U8, Plain, ZclType, within
from gbcs.usecases.model import Context, Item

#: ZigBee Smart Energy.
PROFILE = b"\x01\x09"
MAX_COMPONENTS = 0xFF
MAX_COMPONENT_LENGTH = 0xFFFF
_LAST, _ENCRYPTED, _FROM_DATE_TIME = 0x01, 0x02, 0x10
_OCTETS = Plain()
_ADDITIONAL_HEADER_CONTROL = b"\x00"


@dataclass(frozen=True, slots=True)
class Component(Item):
    """One component of a payload.

    Where it is a Default Response, `Item.result` is its status and there is no value; else `Item.result` is the status
    of the first attribute that could not be read, or 0.

    Attributes:
        frame_control: where it is not the usual one.
        executed: False in the Default Responses that follow a failure: they answer no command of their own.
    """

    frame_control: int | None = None
    executed: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """One component on the wire.

    Attributes:
        body: the ZCL payload, or its encrypted form.
        from_date_time: seconds since 2000-01-01.
        offset: of the body in the content.
    """

    cluster: int
    frame_control: int
    sequence: int
    command_id: int
    body: bytes
    encrypted: bool = False
    from_date_time: int | None = None
    offset: int = 0

    def __str__(self) -> str:
        return f"cluster {self.cluster:04x} frame control {self.frame_control:02x} command {self.command_id:02x}"


def decode_frames(cursor: Cursor, count: int) -> list[Frame]:
    """The `count` components that are left; the last says that it is."""
    frames: list[Frame] = []
    encrypted_before = 0
    for at in range(count):
        with within(f"components.{at}"):
            frames.append(_decode_frame(cursor, at == count - 1, encrypted_before))
        encrypted_before += frames[-1].encrypted
    cursor.finish("components")
    return frames


def _decode_frame(cursor: Cursor, last: bool, encrypted_before: int) -> Frame:
    start = cursor.offset
    control = cursor.uint(1, "control")
    if control & ~(_LAST | _ENCRYPTED | _FROM_DATE_TIME) or bool(control & _LAST) != last:
        raise DecodeError("control", start, f"{control:02x} does not belong here")
    cluster = cursor.uint(2, "cluster")
    part = cursor.part(cursor.uint(2, "length"), "length")
    from_date_time = part.uint(4, "from_date_time") if control & _FROM_DATE_TIME else None
    encrypted = bool(control & _ENCRYPTED)
    if encrypted:
        part.expect(_ADDITIONAL_HEADER_CONTROL + bytes((encrypted_before,)), "additional_header")
    frame_control, sequence, command_id = part.take(3, "zcl_header")
    if encrypted:
        ciphered = part.part(part.uint(2, "ciphered_length"), "ciphered_length")
        part.finish("ciphered_length")
        part = ciphered
    offset = part.offset
    body = part.take(part.remaining, "payload")
    return Frame(cluster, frame_control, sequence, command_id, body, encrypted, from_date_time, offset)


def encode_frames(frames: Sequence[Frame]) -> bytes:
    """The components on the wire.

    Raises:
        UseCaseError: they are too many, or one is too long.
    """
    if len(frames) > MAX_COMPONENTS:
        raise UseCaseError("", "components", f"{len(frames)}, at most {MAX_COMPONENTS} fit")
    parts = []
    frame_counter = 0
    for at, frame in enumerate(frames):
        control = _LAST if at == len(frames) - 1 else 0
        head, body = b"", frame.body
        if frame.from_date_time is not None:
            control |= _FROM_DATE_TIME
            head += frame.from_date_time.to_bytes(4, "big")
        if frame.encrypted:
            control |= _ENCRYPTED
            head += _ADDITIONAL_HEADER_CONTROL + bytes((frame_counter,))
            frame_counter += 1
            body = min(len(body), MAX_COMPONENT_LENGTH).to_bytes(2, "big") + body
        head += bytes((frame.frame_control, frame.sequence, frame.command_id))
        length = len(head) + len(body)
        if length > MAX_COMPONENT_LENGTH:
            raise UseCaseError("", f"components.{at}", f"{length} octets, at most {MAX_COMPONENT_LENGTH} fit")
        parts.append(bytes((control,)) + frame.cluster.to_bytes(2, "big") + length.to_bytes(2, "big") + head + body)
    return b"".join(parts)


def open_body(body: ZclType, frame: Frame, context: Context) -> tuple[Value, bytes | None]:
    """The value in a frame and its encrypted form if it has one; None for what the context's keys cannot read.

    A wrong tag is not an error here: whether the message is genuine is for its own protection to say.
    """
    octets, protected = frame.body, None
    if frame.encrypted:
        protected = frame.body
        try:
            plaintext = context.decrypt(protected)
        except DecodeError as error:
            raise DecodeError(error.field, frame.offset + error.offset, error.reason) from None
        except SecurityError:
            plaintext = None
        if plaintext is None:
            return None, protected
        octets = plaintext
    cursor = Cursor(octets, frame.offset)
    value = body.decode(cursor)
    cursor.finish("")
    return value, protected


def seal_body(body: ZclType, value: Value, protected: bytes | None, context: Context) -> bytes:
    """The encrypted payload: `protected` as given, or else `value` encrypted.

    Raises:
        UseCaseError: the value is not of the type.
        MissingKeyError: there are neither octets nor keys.
    """
    octets = context.encrypt(body.encode(value)) if protected is None else protected
    if octets is None:
        raise MissingKeyError("keystore to encrypt with")
    return octets


def unusual_control(frame: Frame, usual: int) -> int | None:
    """The frame control, if it is not the usual one."""
    return None if frame.frame_control == usual else frame.frame_control


def used_control(item: Item, usual: int, may_differ: int = DISABLE_DEFAULT_RESPONSE) -> int:
    """The frame control to write, which may differ from the usual one in some bits only."""
    control = item.frame_control if isinstance(item, Component) else None
    if control is None:
        return usual
    with within("frame_control"):
        if U8.encode(control)[0] & ~may_differ != usual & ~may_differ:
            raise fault(f"{control} where {usual} belongs")
    return control


def component_to_json(command: Command, item: Item, fields: ZclType) -> dict[str, Json]:
    """A component that is `command`, its value of type `fields`, for people and scripts."""
    json: dict[str, Json] = {"cluster": command.cluster.label, "command": command.name}
    if item.protected is not None:
        json |= {"decrypted": item.value is not None, "protected_octets": _OCTETS.to_json(item.protected)}
    if item.value is not None:
        json["value"] = fields.to_json(item.value)
    return json | control_to_json(item)


def control_to_json(item: Item) -> dict[str, Json]:
    """The frame control, where it is not the usual one."""
    if not isinstance(item, Component) or item.frame_control is None:
        return {}
    return {"frame_control": item.frame_control}


def protected_from_json(fields: Mapping[str, Json]) -> bytes | None:
    """The encrypted form, where the component has one."""
    octets = fields.get("protected_octets")
    with within("protected_octets"):
        return None if octets is None else _OCTETS.from_json(octets)
