"""The one reader of octets: every read is checked, every failure says where."""

from __future__ import annotations

from gbcs.errors import DecodeError


class Cursor:
    """Reads `octets` from front to back.

    Every method takes the name of the field it reads, for the `gbcs.errors.DecodeError` it raises on a short read.
    """

    __slots__ = ("_base", "_end", "octets", "position")

    def __init__(self, octets: bytes, base: int = 0) -> None:
        """`base` is the offset of `octets` in the whole input, for errors."""
        self.octets = octets
        self.position = 0
        self._base = base
        self._end = len(octets)

    @property
    def offset(self) -> int:
        """Position in the whole input."""
        return self._base + self.position

    @property
    def remaining(self) -> int:
        """Octets not yet read."""
        return self._end - self.position

    def error(self, field: str, reason: str) -> DecodeError:
        """The error for `field` at the present position."""
        return DecodeError(field, self.offset, reason)

    def take(self, count: int, field: str) -> bytes:
        """The next `count` octets."""
        start = self.position
        end = start + count
        if end > self._end:
            raise self.error(field, f"{count} octets wanted, {self.remaining} left")
        self.position = end
        return self.octets[start:end]

    def peek(self) -> int | None:
        """The next octet without reading it, or None at the end."""
        return self.octets[self.position] if self.position < self._end else None

    def octet(self, field: str) -> int:
        """The next octet as a number."""
        at = self.position
        if at >= self._end:
            raise self.error(field, "1 octets wanted, 0 left")
        self.position = at + 1
        return self.octets[at]

    def uint(self, width: int, field: str) -> int:
        """An unsigned integer of `width` octets, most significant first."""
        return int.from_bytes(self.take(width, field), "big")

    def expect(self, octets: bytes, field: str) -> None:
        """Reads octets that can have one value only."""
        start = self.position
        end = start + len(octets)
        found = self.octets[start:end]
        if found != octets:
            raise self.error(field, f"{found.hex() or 'nothing'} where {octets.hex()} belongs")
        self.position = end

    def length(self, field: str) -> int:
        """A BER definite length: any form is read (message-structure: devices use long ones), up to 4 octets."""
        first = self.octet(field)
        if first < 0x80:
            return first
        width = first & 0x7F
        if not 1 <= width <= 4:
            raise DecodeError(field, self.offset - 1, f"length form {first:02x} is not used")
        return self.uint(width, field)

    def part(self, count: int, field: str) -> Cursor:
        """A cursor over the next `count` octets, which this one steps over."""
        base = self._base + self.position
        return Cursor(self.take(count, field), base)

    def finish(self, field: str) -> None:
        """Raises unless everything was read."""
        if self.position < self._end:
            raise self.error(field, f"{self.remaining} octets too many")


def encode_length(length: int) -> bytes:
    """A BER definite length in its shortest form."""
    if length < 0x80:
        return length.to_bytes()
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets
