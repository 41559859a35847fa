"""What a ZCL command and an attribute are (ZigBee Cluster Library 2.4, 2.5; message structure 5.1, 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from gbcs.gbz.types import I32, U8, U16, U24, U32, U48, Octets, Structure, Text, ZclType


class Cluster(IntEnum):
    """Cluster identifiers."""

    BASIC = 0x0000
    PRICE = 0x0700
    METERING = 0x0702
    MESSAGING = 0x0703
    PREPAYMENT = 0x0705
    CALENDAR = 0x0707
    DEVICE_MANAGEMENT = 0x0708
    EVENTS = 0x0709

    @property
    def label(self) -> str:
        """The specification's name."""
        return self.name.replace("_", " ").title()


class Direction(IntEnum):
    """Bit 3 of the frame control."""

    TO_SERVER = 0x00
    TO_CLIENT = 0x08


class Scope(IntEnum):
    """Frame type, bits 0 and 1 of the frame control."""

    PROFILE = 0x00
    CLUSTER = 0x01


#: Bit 4 of the frame control.
DISABLE_DEFAULT_RESPONSE = 0x10


@dataclass(frozen=True, slots=True)
class Command:
    """One ZCL command.

    Attributes:
        id: command identifier, unique for cluster, direction and scope.
        name: the specification's.
        body: what follows the ZCL header.
        quiet: whether the sender, where the command is an answer, disables the default response.
    """

    cluster: Cluster
    direction: Direction
    id: int
    name: str
    body: ZclType
    scope: Scope = Scope.CLUSTER
    quiet: bool = False

    @property
    def frame_control(self) -> int:
        """Usual frame control, where the command is no answer."""
        return self.scope | self.direction

    @property
    def answer_control(self) -> int:
        """Usual frame control, where the command is an answer."""
        return self.frame_control | (DISABLE_DEFAULT_RESPONSE if self.quiet else 0)

    def is_in(self, cluster: int, frame_control: int, command_id: int) -> bool:
        """Whether a header is that of the command, whatever it says of the default response."""
        control = frame_control & ~DISABLE_DEFAULT_RESPONSE
        return (cluster, control, command_id) == (self.cluster, self.frame_control, self.id)


def to_server(cluster: Cluster, command_id: int, name: str, /, **fields: ZclType) -> Command:
    """A cluster command from client to server, its fields in wire order."""
    return Command(cluster, Direction.TO_SERVER, command_id, name, Structure(fields))


def to_client(cluster: Cluster, command_id: int, name: str, /, **fields: ZclType) -> Command:
    """A cluster command from server to client, its fields in wire order."""
    return Command(cluster, Direction.TO_CLIENT, command_id, name, Structure(fields))


def to_client_quietly(cluster: Cluster, command_id: int, name: str, /, **fields: ZclType) -> Command:
    """The same, where an answer disables the default response."""
    return Command(cluster, Direction.TO_CLIENT, command_id, name, Structure(fields), quiet=True)


#: Data type identifiers.
BITMAP8, BITMAP16, UINT8, UINT16, UINT24, UINT32, UINT48 = 0x18, 0x19, 0x20, 0x21, 0x22, 0x23, 0x25
INT32, ENUM8, OCTET_STRING, CHARACTER_STRING = 0x2B, 0x30, 0x41, 0x42

_TYPES: dict[int, ZclType] = {
    BITMAP8: U8,
    BITMAP16: U16,
    UINT8: U8,
    UINT16: U16,
    UINT24: U24,
    UINT32: U32,
    UINT48: U48,
    INT32: I32,
    ENUM8: U8,
    OCTET_STRING: Octets(),
    CHARACTER_STRING: Text(),
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a cluster; `type_id` goes before its value on the wire."""

    cluster: Cluster
    id: int
    name: str
    type_id: int
    type: ZclType


def attribute(cluster: Cluster, attribute_id: int, name: str, type_id: int, shown: ZclType | None = None) -> Attribute:
    """An attribute; `shown` says more of the value than its data type does."""
    return Attribute(cluster, attribute_id, name, type_id, shown or _TYPES[type_id])
