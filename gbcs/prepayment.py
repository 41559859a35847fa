"""Prepayment top up tokens: PTUT, PPTD and UTRN (GBCS 14).

Supplier and device agree on a key per token, so a token for one device and one counter is good for no other. The
64-bit PTUT holds, after seven zero bits, the token counter's low 10 bits, the value class (2 bits), the value (13 bits)
and 4 octets of MAC. The PPTD is the PTUT plus an offset, in 19 digits, and the UTRN those with a check digit.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, replace
from enum import IntEnum

from gbcs.errors import DecodeError, SecurityError, UseCaseError
from gbcs.eui64 import Eui64
from gbcs.message import Cra
from gbcs.roles import KeyUse
from gbcs.security import symmetric
from gbcs.security.keys import Keys

LENGTH = 20
MAXIMUM_VALUE = 2**13 - 1
#: The token counter is the upper half of an originator counter whose lower half is zero.
MAXIMUM_TOKEN_COUNTER = 2**32 - 1
_COUNTER_SHIFT = 32
#: Truncated counters repeat after as many tokens.
_TRUNCATED_RANGE = 2**10
_MAC_LENGTH = 4
_PTUT_RANGE = 2**57
#: Makes every PPTD 19 digits long.
_PPTD_OFFSET = 7394156990786306048


class ValueClass(IntEnum):
    """In what a token counts; 2 and 3 are not defined."""

    PENCE = 0
    POUNDS = 1


@dataclass(frozen=True, slots=True)
class Utrn:
    """One Unique Transaction Reference Number, taken apart. ``str()`` gives its 20 digits.

    Attributes:
        truncated_counter: the token counter modulo 1024.
        value: in pence or pounds, as `value_class` says; 0 to 8191.
        mac: the last 4 octets of the GMAC tag.
    """

    truncated_counter: int
    value_class: ValueClass
    value: int
    mac: bytes

    def __post_init__(self) -> None:
        _check_range("truncated_counter", self.truncated_counter, _TRUNCATED_RANGE - 1)
        _check_range("value", self.value, MAXIMUM_VALUE)
        if len(self.mac) != _MAC_LENGTH:
            raise UseCaseError("UTRN", "mac", f"{len(self.mac)} octets, {_MAC_LENGTH} wanted")

    @classmethod
    def parse(cls, text: str) -> Utrn:
        """Reads 20 digits as a person types them, blanks and hyphens anywhere. The MAC is not checked.

        Raises:
            DecodeError: anything but 20 digits, or digits that stand for no token.
            SecurityError: the check digit is another.
        """
        stray = re.search(r"[^0-9\s-]", text)
        if stray:
            raise DecodeError("utrn", stray.start(), f"{stray.group()!r} is not a digit")
        digits = re.sub(r"[\s-]", "", text)
        if len(digits) != LENGTH:
            raise DecodeError("utrn", len(text), f"{len(digits)} digits, {LENGTH} wanted")
        wanted = check_digit(digits[:-1])
        if digits[-1] != wanted:
            raise SecurityError("utrn", f"check digit {digits[-1]} where {wanted} belongs")
        ptut = int(digits[:-1]) - _PPTD_OFFSET
        if not 0 <= ptut < _PTUT_RANGE:
            raise DecodeError("utrn", 0, f"{digits} is outside the range of tokens")
        rest, mac = divmod(ptut, 2 ** (8 * _MAC_LENGTH))
        rest, value = divmod(rest, MAXIMUM_VALUE + 1)
        counter, value_class = divmod(rest, 4)
        if value_class not in ValueClass.__members__.values():
            raise DecodeError("utrn.value_class", 0, f"{value_class} is not defined")
        return cls(counter, ValueClass(value_class), value, mac.to_bytes(_MAC_LENGTH, "big"))

    @property
    def ptut(self) -> bytes:
        """The Prepayment Top Up Token, 8 octets."""
        head = (self.truncated_counter * 4 + self.value_class) * (MAXIMUM_VALUE + 1) + self.value
        return head.to_bytes(4, "big") + self.mac

    def __str__(self) -> str:
        pptd = str(_PPTD_OFFSET + int.from_bytes(self.ptut, "big"))
        return pptd + check_digit(pptd)

    def grouped(self) -> str:
        """The digits in groups of four, for print and display."""
        return " ".join(re.findall("....", str(self)))


def make_utrn(
    supplier: Eui64, device: Eui64, token_counter: int, value: int, value_class: ValueClass, keys: Keys
) -> Utrn:
    """The token worth `value` (0 to 8191 pence or pounds) that `supplier` issues to `device`.

    `token_counter` is 0 to 4294967295 and greater than that of every earlier token. `keys` hold the private half of the
    supplier's prepayment key or of the device's key agreement key.

    Raises:
        UseCaseError: the counter or the value is out of range.
        MissingKeyError: a key is not held.
    """
    _check_range("token_counter", token_counter, MAXIMUM_TOKEN_COUNTER)
    bare = Utrn(token_counter % _TRUNCATED_RANGE, value_class, value, bytes(_MAC_LENGTH))
    return replace(bare, mac=_mac(bare, supplier, device, token_counter, keys))


def verify_utrn(utrn: Utrn, supplier: Eui64, device: Eui64, token_counter: int, keys: Keys) -> None:
    """Returns if `supplier` made the token for `device` with this counter. Whether it was used before is not seen here.

    Raises:
        SecurityError: the counter is not the token's, or the MAC is not that of supplier, device and counter.
        MissingKeyError: a key is not held.
    """
    if not 0 <= token_counter <= MAXIMUM_TOKEN_COUNTER or token_counter % _TRUNCATED_RANGE != utrn.truncated_counter:
        raise SecurityError("utrn", f"{token_counter} modulo 1024 is not the token's counter {utrn.truncated_counter}")
    if not hmac.compare_digest(_mac(utrn, supplier, device, token_counter, keys), utrn.mac):
        raise SecurityError("utrn", f"the MAC is not that of {supplier} for {device} and counter {token_counter}")


def originator_counter(token_counter: int) -> int:
    """The originator counter of the command that carries a token: 64 bits, the lower 32 of them zero."""
    return token_counter << _COUNTER_SHIFT


def token_counter_of(originator_counter: int) -> int:
    """The token counter of a command that carries a token.

    Raises:
        UseCaseError: it is not the originator counter of such a command.
    """
    token_counter, rest = divmod(originator_counter, 1 << _COUNTER_SHIFT)
    if rest or not 0 <= token_counter <= MAXIMUM_TOKEN_COUNTER:
        raise UseCaseError("UTRN", "originator_counter", f"{originator_counter} is not a multiple of 2^32 below 2^64")
    return token_counter


def deduce_token_counter(truncated: int, highest: int) -> int:
    """The token counter nearest to `highest`, the highest seen so far, that ends in `truncated` (GBCS 14).

    Right for tokens up to 511 before or after the highest; 512 away there are two candidates. Near either end of the
    counter's range the outcome may lie outside it, and no token verifies with such a counter.
    """
    half = _TRUNCATED_RANGE // 2
    ending = highest % _TRUNCATED_RANGE
    if truncated < ending - half:
        truncated += _TRUNCATED_RANGE
    elif truncated > ending + half:
        truncated -= _TRUNCATED_RANGE
    return highest - ending + truncated


def check_digit(digits: str) -> str:
    """The UTRN's check digit: Verhoeff's method with another start and other last step (GBCS 14).

    Sees every single wrong digit and every transposition of unlike neighbours, its own included.
    """
    state = 0
    for position, digit in enumerate(digits, 4):
        state = _PRODUCT[state][_PERMUTATION[position % 8][int(digit)]]
    return str(_LAST[state])


def _check_range(field: str, number: int, maximum: int) -> None:
    if not 0 <= number <= maximum:
        raise UseCaseError("UTRN", field, f"{number} is outside 0..{maximum}")


def _mac(utrn: Utrn, supplier: Eui64, device: Eui64, token_counter: int, keys: Keys) -> bytes:
    counter = originator_counter(token_counter)
    secret = keys.shared_secret(supplier, device, KeyUse.PP)
    key = symmetric.derive_key(secret, supplier, Cra.COMMAND, counter, device)
    covered = supplier + device + Cra.COMMAND.to_bytes(1, "big") + counter.to_bytes(8, "big") + utrn.ptut[:-_MAC_LENGTH]
    return symmetric.gmac(key, supplier, covered)[-_MAC_LENGTH:]


def _rows(text: str) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(map(int, row)) for row in text.split())


#: Multiplication in the dihedral group D5.
_PRODUCT = _rows(
    """
    0123456789 1234067895 2340178956 3401289567 4012395678
    5987604321 6598710432 7659821043 8765932104 9876543210
    """
)
#: Each row is the second one applied to the row before.
_PERMUTATION = _rows(
    """
    0123456789 1576283094 5803796142 8916043527
    9453126870 4286573901 2793806415 7046913258
    """
)
(_LAST,) = _rows("1267583094")
