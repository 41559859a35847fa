"""AES-128 (FIPS 197), GHASH and GCM (SP 800-38D) with nonces of 96 bits."""

from __future__ import annotations

import hmac
from functools import cache

import numpy as np
from numpy.typing import NDArray

Octets = NDArray[np.uint8]
Positions = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: GHASH's polynomial without its highest power, bits reflected (SP 800-38D, 6.3).
_REDUCTION = 0xE1 << 120
#: What GBCS puts before a ciphertext (4.3.3.6); its first octet is authenticated.
_HEADER = bytes.fromhex("3100000000")
_TAG_LENGTH = 12


def _double(x: int) -> int:
    """Times x in the field of AES."""
    return x << 1 ^ (0x11B if x & 0x80 else 0)


def _times(x: int, y: int) -> int:
    """The product in the field of AES."""
    product = 0
    while y:
        product ^= x if y & 1 else 0
        x, y = _double(x), y >> 1
    return product


def _substitute(octet: int) -> int:
    """SubBytes of one octet (FIPS 197, 5.1.1): its inverse, which is its power 254, then the affine map."""
    inverse, power = 1, octet
    for _ in range(7):  # 254 = 2 + 4 + … + 128
        power = _times(power, power)
        inverse = _times(inverse, power)
    turned = (inverse << count | inverse >> 8 - count for count in range(5))
    result = 0x63
    for each in turned:
        result ^= each & 0xFF
    return result


@cache
def _substitution() -> bytes:
    return bytes(map(_substitute, range(256)))


def _xor(one: bytes, other: bytes) -> bytes:
    """As long as the shorter one."""
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


def round_keys(key: bytes) -> list[bytes]:
    """The eleven round keys of a key of 16 octets (FIPS 197, 5.2)."""
    words, constant = [key[i : i + 4] for i in range(0, 16, 4)], 1
    for i in range(4, 44):
        word = words[-1]
        if i % 4 == 0:
            word = _xor((word[1:] + word[:1]).translate(_substitution()), bytes([constant, 0, 0, 0]))
            constant = _double(constant)
        words.append(_xor(words[-4], word))
    return [b"".join(words[i : i + 4]) for i in range(0, 44, 4)]


def _mixed(column: bytes) -> bytes:
    """MixColumns of one column (FIPS 197, 5.1.3)."""
    a, b, c, d = column
    total = a ^ b ^ c ^ d
    return bytes(x ^ total ^ _double(x ^ y) for x, y in ((a, b), (b, c), (c, d), (d, a)))


def encrypt_block(schedule: list[bytes], block: bytes) -> bytes:
    """AES-128 of 16 octets by its round keys."""
    state = _xor(block, schedule[0])
    for number, round_key in enumerate(schedule[1:], 1):
        state = bytes(state[5 * i % 16] for i in range(16)).translate(_substitution())  # ShiftRows and SubBytes
        if number < 10:
            state = b"".join(_mixed(state[i : i + 4]) for i in range(0, 16, 4))
        state = _xor(state, round_key)
    return state


def ghash(hash_key: bytes, octets: bytes) -> bytes:
    """GHASH of whole blocks (SP 800-38D, 6.4)."""
    factor, total = int.from_bytes(hash_key, "big"), 0
    for i in range(0, len(octets), 16):
        total ^= int.from_bytes(octets[i : i + 16], "big")
        product, multiple = 0, factor
        for bit in range(127, -1, -1):
            product ^= multiple if total >> bit & 1 else 0
            multiple = multiple >> 1 ^ (_REDUCTION if multiple & 1 else 0)
        total = product
    return total.to_bytes(16, "big")


def _keystream_added(schedule: list[bytes], nonce: bytes, text: bytes) -> bytes:
    blocks = (encrypt_block(schedule, nonce + (2 + i).to_bytes(4, "big")) for i in range(-(-len(text) // 16)))
    return _xor(text, b"".join(blocks))


def _tag(schedule: list[bytes], nonce: bytes, ciphertext: bytes, authenticated: bytes) -> bytes:
    parts = authenticated, ciphertext
    padded = b"".join(part + bytes(-len(part) % 16) for part in parts)
    lengths = b"".join((8 * len(part)).to_bytes(8, "big") for part in parts)
    hashed = ghash(encrypt_block(schedule, bytes(16)), padded + lengths)
    return _xor(hashed, encrypt_block(schedule, nonce + b"\0\0\0\1"))


def encrypt(key: bytes, nonce: bytes, plaintext: bytes, authenticated: bytes, tag_length: int = 16) -> bytes:
    """The ciphertext and its tag: key of 16 octets, nonce of 12; of an empty plaintext it is the GMAC."""
    schedule = round_keys(key)
    ciphertext = _keystream_added(schedule, nonce, plaintext)
    return ciphertext + _tag(schedule, nonce, ciphertext, authenticated)[:tag_length]


def decrypt(key: bytes, nonce: bytes, sealed: bytes, authenticated: bytes, tag_length: int = 16) -> bytes | None:
    """The plaintext of what `encrypt` made; None where there is no room for a tag or it is another."""
    length = len(sealed) - tag_length
    if length < 0:
        return None
    schedule, ciphertext = round_keys(key), sealed[:length]
    tag = _tag(schedule, nonce, ciphertext, authenticated)[:tag_length]
    return _keystream_added(schedule, nonce, ciphertext) if hmac.compare_digest(tag, sealed[length:]) else None


def gmac(
    keys: Octets, counters: Octets, prefix: Octets, octets: Octets, starts: Positions, ends: Positions, tags: Octets
) -> None:
    """Twin of `gbcs.kernels.gmac`."""
    for item, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        authenticated = prefix.tobytes() + octets[start:end].tobytes()
        tag = encrypt(keys[item].tobytes(), counters[item, :12].tobytes(), b"", authenticated)
        tags[item] = np.frombuffer(tag, np.uint8)


def gcm(
    seals: bool,
    keys: Octets,
    counters: Octets,
    octets: Octets,
    starts: Positions,
    ends: Positions,
    places: Positions,
    result: Octets,
    valid: Flags,
) -> None:
    """Twin of `gbcs.kernels.gcm`."""
    for item, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        key, nonce, text = keys[item].tobytes(), counters[item, :12].tobytes(), octets[start:end].tobytes()
        made: bytes | None = None
        if seals:
            made = _HEADER + encrypt(key, nonce, text, _HEADER[:1], _TAG_LENGTH)
        elif text.startswith(_HEADER):
            made = decrypt(key, nonce, text[len(_HEADER) :], _HEADER[:1], _TAG_LENGTH)
        valid[item] = made is not None
        if made is not None:
            result[places[item] : places[item] + len(made)] = np.frombuffer(made, np.uint8)
