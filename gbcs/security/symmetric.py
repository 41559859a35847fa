"""Key derivation, MAC and encryption (GBCS 4.3.3.3 to 4.3.3.6): single-step KDF on SHA-256, AES-128-GCM and GMAC."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, SecurityError
from gbcs.eui64 import Eui64

TAG_LENGTH = 12
#: KDF flag of the encryption key; the MAC key's flag is the CRA flag of the message.
ENCRYPTION_FLAG = 4
_FIRST_STEP = b"\0\0\0\x01"
_ALGORITHM_ID = bytes.fromhex("60857406080300")
_INITIALISATION_TAIL = bytes(4)
#: Security control octet and the five zero-length fields of the MAC header, as the MAC sees them.
MAC_PREFIX = bytes.fromhex("110000000000")
#: Security control octet (authentication and encryption) and invocation counter before a ciphertext.
CIPHER_HEADER = bytes.fromhex("3100000000")
_CIPHER_AAD = CIPHER_HEADER[:1]


def derive_key(secret: bytes, originator: Eui64, flag: int, counter: int, recipient: Eui64) -> bytes:
    """The 16-octet AES key for one message.

    Args:
        secret: Z of the two parties, 32 octets.
        originator: sender of the message, as its grouping header says.
        flag: CRA flag of the message for its MAC key, `ENCRYPTION_FLAG` for its encryption key.
        counter: originator counter.
        recipient: the other party, as the grouping header or the supplementary fields say.
    """
    transaction_id = b"\x09" + flag.to_bytes() + counter.to_bytes(8)
    parts = (_FIRST_STEP, secret, _ALGORITHM_ID, originator, transaction_id, recipient)
    return hashlib.sha256(b"".join(parts)).digest()[:16]


def gmac(key: bytes, originator: Eui64, octets: bytes) -> bytes:
    """The full 16-octet GMAC tag of `octets`, the MAC header's security control octet and empty fields before them."""
    return AESGCM(key).encrypt(originator + _INITIALISATION_TAIL, b"", MAC_PREFIX + octets)


def mac(key: bytes, originator: Eui64, octets: bytes) -> bytes:
    """The 12-octet MAC over `octets` (grouping header to signature)."""
    return gmac(key, originator, octets)[:TAG_LENGTH]


def mac_is_valid(key: bytes, originator: Eui64, octets: bytes, found: bytes) -> bool:
    """Whether `found` is the MAC of `octets`, compared in constant time."""
    return hmac.compare_digest(mac(key, originator, octets), found)


def encrypt(key: bytes, originator: Eui64, plaintext: bytes) -> bytes:
    """``31 00000000 || ciphertext || tag``, the tag being 12 octets long."""
    sealed = AESGCM(key).encrypt(originator + _INITIALISATION_TAIL, plaintext, _CIPHER_AAD)
    return CIPHER_HEADER + sealed[: len(plaintext) + TAG_LENGTH]


def decrypt(key: bytes, originator: Eui64, protected: bytes) -> bytes:
    """The plaintext of ``31 00000000 || ciphertext || tag``.

    Raises:
        DecodeError: the header is another, or there is no room for a tag.
        SecurityError: the tag is not that of this ciphertext under this key.
    """
    cursor = Cursor(protected)
    cursor.expect(CIPHER_HEADER, "protected.security_header")
    if cursor.remaining < TAG_LENGTH:
        raise DecodeError("protected.tag", cursor.offset, f"{TAG_LENGTH} octets wanted, {cursor.remaining} left")
    ciphertext = cursor.take(cursor.remaining - TAG_LENGTH, "protected.ciphertext")
    tag = cursor.take(TAG_LENGTH, "protected.tag")
    mode = modes.GCM(originator + _INITIALISATION_TAIL, tag, min_tag_length=TAG_LENGTH)
    decryptor = Cipher(algorithms.AES128(key), mode).decryptor()
    decryptor.authenticate_additional_data(_CIPHER_AAD)
    try:
        return decryptor.update(ciphertext) + decryptor.finalize()
    except InvalidTag:
        raise SecurityError("decryption", "the tag is not that of this ciphertext") from None
