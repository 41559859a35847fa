"""Deterministic nonces (RFC 6979, 3.2) with HMAC-SHA-256, sixteen signatures at once.

The first HMAC key is zero and its message begins with a constant and the private key: the state after that block is the
key's own and is computed once (`key_state`). Fifteen compressions a nonce remain.

Arrays of numbers have the shape (batches, 8, 16): 32-bit words, most significant first, of sixteen lanes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled
from gbcs.kernels.curve import N
from gbcs.kernels.group import Words
from gbcs.kernels.sha256 import LANES, compress, start

Lanes = NDArray[np.uint32]
_ORDER = np.array([N >> 32 * i & 2**32 - 1 for i in reversed(range(8))], np.uint32)
_INNER, _OUTER = np.uint32(0x36363636), np.uint32(0x5C5C5C5C)
_ONES = np.uint32(0x01010101)


@compiled
def _pad_key(key: Lanes, mask: np.uint32, block: Lanes, state: Lanes) -> None:
    """The state after the block of padded key."""
    for i in range(8):
        for lane in range(LANES):
            block[i, lane] = key[i, lane] ^ mask
            block[i + 8, lane] = mask
    start(state)
    compress(state, block, state)


@compiled
def _compress_last(state: Lanes, message: Lanes, block: Lanes, result: Lanes) -> None:
    """result = state after the 32 octets `message`, which follow one block and end what is hashed."""
    for i in range(8):
        for lane in range(LANES):
            block[i, lane] = message[i, lane]
            block[i + 8, lane] = 0
    for lane in range(LANES):
        block[8, lane] = np.uint32(0x80000000)
        block[15, lane] = np.uint32((64 + 32) * 8)
    compress(state, block, result)


@compiled
def _hmac(inner: Lanes, outer: Lanes, message: Lanes, block: Lanes, result: Lanes) -> None:
    """result = HMAC of the 32 octets `message`, which may be `result`, by the states after its padded keys."""
    _compress_last(inner, message, block, result)
    _compress_last(outer, result, block, result)


@compiled
def _append(block: Lanes, first: int, words: Lanes) -> None:
    """Puts 32 octets into a block, one octet late: behind the octet that stands last in word `first`."""
    for lane in range(LANES):
        before = block[first, lane]
        for i in range(8):
            block[first + i, lane] = before << np.uint32(24) | words[i, lane] >> np.uint32(8)
            before = words[i, lane]


@compiled
def _begin(block: Lanes, value: Lanes, octet: int, private: Lanes) -> None:
    """The block V || octet || the first 31 octets of the private key."""
    for i in range(8):
        for lane in range(LANES):
            block[i, lane] = value[i, lane]
    for lane in range(LANES):
        block[8, lane] = np.uint32(octet)
    _append(block, 8, private)


@compiled
def _end(block: Lanes, private: Lanes, digest: Lanes) -> None:
    """The block after `_begin`: the private key's last octet, the digest, and the padding."""
    for lane in range(LANES):
        block[0, lane] = private[7, lane]
    _append(block, 0, digest)
    for i in range(8, 16):
        for lane in range(LANES):
            block[i, lane] = 0
    for lane in range(LANES):
        block[8, lane] = digest[7, lane] << np.uint32(24) | np.uint32(0x800000)
        block[15, lane] = np.uint32((64 + 97) * 8)


@compiled
def nonces(states: Lanes, private: Lanes, digests: Lanes, result: Words, valid: NDArray[np.bool_]) -> None:
    """The nonce of each signature.

    Args:
        states: what `key_state` gives for each private key.
        private: private keys.
        digests: SHA-256 digests modulo n.
        result: shape (4, 16 · batches), 64-bit words, least significant first, written.
        valid: 16 · batches, written: False where the first candidate is not in [1, n-1] (once in 2^32) and the
            signature has to be made otherwise; the nonce there is 1.
    """
    inner, outer, outer_of_zero = (
        np.empty((8, LANES), np.uint32),
        np.empty((8, LANES), np.uint32),
        np.empty((8, LANES), np.uint32),
    )
    key, value, block = (
        np.zeros((8, LANES), np.uint32),
        np.empty((8, LANES), np.uint32),
        np.empty((16, LANES), np.uint32),
    )
    _pad_key(key, _OUTER, block, outer_of_zero)
    for batch in range(digests.shape[0]):
        x, h = private[batch], digests[batch]
        # K = HMAC(0, V || 00 || x || h)
        _end(block, x, h)
        compress(states[batch], block, key)
        _compress_last(outer_of_zero, key, block, key)
        # V = HMAC(K, V)
        _pad_key(key, _INNER, block, inner)
        _pad_key(key, _OUTER, block, outer)
        value[:] = _ONES
        _hmac(inner, outer, value, block, value)
        # K = HMAC(K, V || 01 || x || h)
        _begin(block, value, 1, x)
        compress(inner, block, key)
        _end(block, x, h)
        compress(key, block, key)
        _compress_last(outer, key, block, key)
        # V = HMAC(K, V), and V = HMAC(K, V) once more is the candidate
        _pad_key(key, _INNER, block, inner)
        _pad_key(key, _OUTER, block, outer)
        _hmac(inner, outer, value, block, value)
        _hmac(inner, outer, value, block, value)
        for lane in range(LANES):
            item = batch * LANES + lane
            valid[item] = is_in_range(value, lane)
            for i in range(4):
                word = np.uint64(value[6 - 2 * i, lane]) << np.uint64(32) | np.uint64(value[7 - 2 * i, lane])
                result[i, item] = word if valid[item] else np.uint64(i == 0)


@compiled
def is_in_range(value: Lanes, lane: int) -> bool:
    """Whether a candidate is in [1, n-1]."""
    less, settled, some = False, False, False
    for i in range(8):
        some |= value[i, lane] != 0
        if not settled and value[i, lane] != _ORDER[i]:
            less, settled = value[i, lane] < _ORDER[i], True
    return less and some


@compiled
def key_state(private: Lanes, states: Lanes) -> None:
    """The state of each key's first HMAC after its first block, which all nonces of the key share."""
    inner, value, block = (
        np.zeros((8, LANES), np.uint32),
        np.empty((8, LANES), np.uint32),
        np.empty((16, LANES), np.uint32),
    )
    value[:] = 0
    _pad_key(value, _INNER, block, inner)
    value[:] = _ONES
    for batch in range(private.shape[0]):
        _begin(block, value, 0, private[batch])
        compress(inner, block, states[batch])
