"""SHA-256 (FIPS 180-4), HMAC, the nonces of RFC 6979 and the key derivation of GBCS (4.3.3.3)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.curve import N

Octets = NDArray[np.uint8]
Positions = NDArray[np.int64]

#: The algorithm identifier in the key derivation.
_ALGORITHM = bytes.fromhex("60857406080300")
_WORD = 2**32 - 1
_PRIMES = [n for n in range(2, 312) if all(n % d for d in range(2, math.isqrt(n) + 1))]


def _cube_root(number: int) -> int:
    """Rounded down."""
    root = 1 << -(-number.bit_length() // 3)
    while root**3 > number:
        root = (2 * root + number // root**2) // 3
    return root


#: The first 32 bits of the fractional parts of the primes' square and cube roots.
_INITIAL = [math.isqrt(prime << 64) & _WORD for prime in _PRIMES[:8]]
_CONSTANTS = [_cube_root(prime << 96) & _WORD for prime in _PRIMES]


def _turned(word: int, *counts: int) -> int:
    """The exclusive or of the word turned right by each count."""
    total = 0
    for count in counts:
        total ^= word >> count | word << 32 - count
    return total & _WORD


def _compress(state: list[int], block: bytes) -> list[int]:
    words = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for t in range(16, 64):
        early, late = words[t - 15], words[t - 2]
        small = (_turned(early, 7, 18) ^ early >> 3) + (_turned(late, 17, 19) ^ late >> 10)
        words.append(words[t - 16] + words[t - 7] + small & _WORD)
    a, b, c, d, e, f, g, h = state
    for constant, word in zip(_CONSTANTS, words, strict=True):
        one = h + _turned(e, 6, 11, 25) + (e & f ^ ~e & g) + constant + word
        two = _turned(a, 2, 13, 22) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = one + two & _WORD, a, b, c, d + one & _WORD, e, f, g
    return [old + new & _WORD for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


def sha256(message: bytes) -> bytes:
    """The digest, 32 octets."""
    padded = message + b"\x80" + bytes(-(len(message) + 9) % 64) + (8 * len(message)).to_bytes(8, "big")
    state = _INITIAL
    for i in range(0, len(padded), 64):
        state = _compress(state, padded[i : i + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


def hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (FIPS 198-1) with a key of 64 octets at most."""
    inner, outer = (bytes(octet ^ pad for octet in key.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    return sha256(outer + sha256(inner + message))


def digest_many(octets: Octets, starts: Positions, ends: Positions) -> Octets:
    """SHA-256 of each octets[start:end], shape (count, 32)."""
    digests = [sha256(octets[i:j].tobytes()) for i, j in zip(starts.tolist(), ends.tolist(), strict=True)]
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32)


def nonce(private: int, digest: int) -> int:
    """The nonce of RFC 6979, 3.2, for SHA-256."""
    secret = private.to_bytes(32, "big") + (digest % N).to_bytes(32, "big")
    key, value = bytes(32), b"\1" * 32
    for octet in (b"\0", b"\1"):
        key = hmac(key, value + octet + secret)
        value = hmac(key, value)
    while True:
        value = hmac(key, value)
        candidate = int.from_bytes(value, "big")
        if 1 <= candidate < N:
            return candidate
        key = hmac(key, value + b"\0")
        value = hmac(key, value)


def derive_keys(
    secrets: Octets, which: Positions, octets: Octets, headers: Positions, keys: Octets, counters: Octets
) -> None:
    """Twin of `gbcs.kernels.kdf.derive_keys`."""
    for item, start in enumerate(headers.tolist()):
        header = octets[start : start + 29].tobytes()
        originator, transaction, recipient = header[12:20], header[1:11], header[21:29]
        hashed = b"\0\0\0\1" + secrets[which[item]].tobytes() + _ALGORITHM + originator + transaction + recipient
        keys[item] = np.frombuffer(sha256(hashed)[:16], np.uint8)
        counters[item] = np.frombuffer(originator + bytes(7) + b"\1", np.uint8)
