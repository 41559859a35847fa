"""Install codes: what is printed on a device, so that a hub that was told of it lets the device join.

Sources: ZigBee Smart Energy 5.4.8.1 (lengths, CRC, key), ZigBee Cryptographic Primitives B.6 (AES-MMO).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import reduce

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from devices.errors import InstallCodeError
from gbcs.eui64 import Eui64

#: Octets of an install code without its CRC.
LENGTHS = (6, 8, 12, 16)
_CRC_LENGTH = 2
_BLOCK = 16
_SEPARATORS = re.compile(r"[-: ]")


@dataclass(frozen=True, slots=True)
class InstallCode:
    """An install code.

    Attributes:
        octets: the code itself, 6, 8, 12 or 16 octets, as CCS01 carries it.
    """

    octets: bytes

    def __post_init__(self) -> None:
        """Raises `InstallCodeError` for another length."""
        if len(self.octets) not in LENGTHS:
            raise InstallCodeError(f"an install code of {len(self.octets)} octets; there are those of {_listed(0)}")

    @classmethod
    def read(cls, printed: bytes) -> InstallCode:
        """Takes a code as it is printed, with its CRC behind it.

        Raises:
            InstallCodeError: another length, or the CRC is not that of the code.
        """
        code, crc = printed[:-_CRC_LENGTH], printed[-_CRC_LENGTH:]
        if len(code) not in LENGTHS:
            raise InstallCodeError(f"{len(printed)} octets with the CRC; install codes have {_listed(_CRC_LENGTH)}")
        if crc != check_octets(code):
            raise InstallCodeError(f"the CRC is {crc.hex()} where {check_octets(code).hex()} belongs")
        return cls(code)

    @classmethod
    def parse(cls, text: str) -> InstallCode:
        """The same from hexadecimal digits, with `-`, `:` or blanks between them, or none."""
        try:
            printed = bytes.fromhex(_SEPARATORS.sub("", text))
        except ValueError:
            raise InstallCodeError(f"{text!r} is not hexadecimal") from None
        return cls.read(printed)

    def __str__(self) -> str:
        return (self.octets + check_octets(self.octets)).hex().upper()

    @property
    def key(self) -> bytes:
        """The link key that a device and its hub begin with, 16 octets."""
        return aes_mmo(self.octets + check_octets(self.octets))


def default_install_code(eui: Eui64) -> InstallCode:
    """What is printed on an emulated device of which nobody says anything else.

    The first 16 octets of the SHA-256 hash of "install code" in ASCII and the identifier.
    """
    return InstallCode(hashlib.sha256(b"install code" + eui).digest()[:16])


def check_octets(code: bytes) -> bytes:
    """CRC-16/X-25 of the code, low octet first."""
    return (reduce(_crc_octet, code, 0xFFFF) ^ 0xFFFF).to_bytes(_CRC_LENGTH, "little")


def _crc_octet(crc: int, octet: int) -> int:
    crc ^= octet
    for _ in range(8):
        crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc


def aes_mmo(octets: bytes) -> bytes:
    """Matyas-Meyer-Oseas hash with AES-128, 16 octets; for less than 8,192 octets."""
    padded = octets + b"\x80"
    padded += bytes(-(len(padded) + 2) % _BLOCK) + (8 * len(octets)).to_bytes(2, "big")
    digest = bytes(_BLOCK)
    for start in range(0, len(padded), _BLOCK):
        block = padded[start : start + _BLOCK]
        encryptor = Cipher(algorithms.AES128(digest), modes.ECB()).encryptor()  # noqa: S305  one block, as the hash wants
        digest = bytes(one ^ other for one, other in zip(encryptor.update(block), block, strict=True))
    return digest


def _listed(more: int) -> str:
    *most, last = (length + more for length in LENGTHS)
    return f"{', '.join(map(str, most))} and {last}"
