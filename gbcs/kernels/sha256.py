"""SHA-256 (FIPS 180-4) of sixteen messages at once, one a lane.

The compression is written in LLVM's generic vector instructions, so that it compiles for every target; vectors are as
wide as the target's registers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numpy.typing import NDArray

from gbcs.kernels.compilation import compiled, intrinsic
from gbcs.kernels.memory import address, word32

LANES = 16


def _roots(count: int, power: int) -> list[int]:
    """The first 32 bits of the fractional parts of the square (2) or cube (3) roots of the first primes."""
    primes = [n for n in range(2, 312) if all(n % d for d in range(2, int(n**0.5) + 1))][:count]
    roots = []
    for prime in primes:
        scaled = prime << 32 * power
        root = round(scaled ** (1 / power))
        while root**power > scaled:
            root -= 1
        while (root + 1) ** power <= scaled:
            root += 1
        roots.append(root & 2**32 - 1)
    return roots


_ROUND_CONSTANTS = _roots(64, 3)
#: The state before the first block.
INITIAL = np.array(_roots(8, 2), np.uint32)


def _vector_width(features: str) -> int:
    """Lanes of 32 bits in the target's widest integer vectors."""
    if "+avx512f," in features:
        return 16
    return 8 if "+avx2," in features else 4


def _compression(b: ir.IRBuilder, width: int) -> ir.Function:
    """The LLVM function (state, block, result) that compresses a block of `width` lanes of rows of 16."""
    name = f"gbcs.sha256.{width}"
    word, vector = ir.IntType(32), ir.VectorType(ir.IntType(32), width)
    function = b.module.globals.get(name)
    if function is not None:
        return function
    pointer = word.as_pointer()
    function = ir.Function(b.module, ir.FunctionType(ir.VoidType(), [pointer] * 3), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    b = ir.IRBuilder(function.append_basic_block())

    def row(base: ir.Value, i: int) -> ir.Value:
        return b.bitcast(b.gep(base, [ir.Constant(word, LANES * i)]), vector.as_pointer())

    def splat(value: int) -> ir.Constant:
        return ir.Constant(vector, [value] * width)

    rotate_name = f"llvm.fshr.v{width}i32"
    rotation = b.module.globals.get(rotate_name) or ir.Function(
        b.module, ir.FunctionType(vector, [vector] * 3), rotate_name
    )

    def xor(*values: ir.Value) -> ir.Value:
        total = values[0]
        for value in values[1:]:
            total = b.xor(total, value)
        return total

    def rotate(x: ir.Value, *counts: int) -> list[ir.Value]:
        return [b.call(rotation, [x, x, splat(count)]) for count in counts]

    def shift(x: ir.Value, count: int) -> ir.Value:
        return b.lshr(x, splat(count))

    state, block, result = function.args
    w = [b.load(row(block, i), align=4) for i in range(16)]
    initial = [b.load(row(state, i), align=4) for i in range(8)]
    s = list(initial)
    for i, constant in enumerate(_ROUND_CONSTANTS):
        if i >= 16:
            small0 = xor(*rotate(w[1], 7, 18), shift(w[1], 3))
            small1 = xor(*rotate(w[14], 17, 19), shift(w[14], 10))
            w = [*w[1:], b.add(b.add(w[0], small0), b.add(w[9], small1))]
        word_i = w[i] if i < 16 else w[15]
        choice = b.xor(s[6], b.and_(s[4], b.xor(s[5], s[6])))
        majority = b.or_(b.and_(s[0], s[1]), b.and_(s[2], b.or_(s[0], s[1])))
        first = b.add(b.add(s[7], b.add(word_i, splat(constant))), b.add(choice, xor(*rotate(s[4], 6, 11, 25))))
        second = b.add(majority, xor(*rotate(s[0], 2, 13, 22)))
        s = [b.add(first, second), s[0], s[1], s[2], b.add(s[3], first), s[4], s[5], s[6]]
    for i in range(8):
        b.store(b.add(initial[i], s[i]), row(result, i), align=4)
    b.ret_void()
    return function


@intrinsic
def compress(_context: Any, state: Any, block: Any, result: Any) -> Any:
    """Compresses a block a lane: `state` and `result` of shape (8, 16), `block` (16, 16), all 32-bit words.

    `result` may be `state`.
    """

    def emit(context: Any, b: ir.IRBuilder, sig: Any, args: list[ir.Value]) -> ir.Value:
        index = ir.IntType(64)
        width = _vector_width(context.codegen().magic_tuple()[2])
        function = _compression(b, width)
        for part in range(0, LANES, width):
            pointers = []
            for kind, value, rows in zip(sig.args, args, (8, 16, 8), strict=True):
                address(context, b, kind, value, index(rows - 1), index(LANES - 1))
                pointers.append(address(context, b, kind, value, index(0), index(part)))
            b.call(function, pointers)
        return context.get_dummy_value()

    return types.none(state, block, result), emit


@compiled
def start(state: NDArray[np.uint32]) -> None:
    """The state before the first block, in every lane."""
    for i in range(8):
        for lane in range(LANES):
            state[i, lane] = INITIAL[i]


@compiled
def digest_many(
    octets: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], digests: NDArray[np.uint32]
) -> None:
    """SHA-256 of octets[starts[i] : ends[i]] for each of count items.

    Args:
        digests: shape (batches, 8, 16) with room for count lanes, big-endian words as numbers, written.
    """
    count = len(starts)
    result, block = np.empty((8, LANES), np.uint32), np.zeros((16, LANES), np.uint32)
    for batch in range(digests.shape[0]):
        state = digests[batch]
        start(state)
        first = batch * LANES
        lanes = min(LANES, count - first)
        longest = 0
        for item in range(first, first + lanes):
            longest = max(longest, ends[item] - starts[item])
        for number in range((longest + 72) // 64):
            for lane in range(lanes):
                _fill(octets, starts[first + lane], ends[first + lane], number, block, lane)
            compress(state, block, result)
            for lane in range(lanes):
                # A lane whose message has ended keeps its state.
                if number < (ends[first + lane] - starts[first + lane] + 72) // 64:
                    for i in range(8):
                        state[i, lane] = result[i, lane]


@compiled
def _fill(octets: NDArray[np.uint8], start: int, end: int, number: int, block: NDArray[np.uint32], lane: int) -> None:
    """Block `number` of the padded octets[start:end] into a lane."""
    at = start + 64 * number
    if at + 64 <= end:
        for i in range(16):
            block[i, lane] = word32(octets, at + 4 * i)
        return
    for i in range(16):
        word = np.uint32(0)
        for _ in range(4):
            word <<= np.uint32(8)
            if at < end:
                word |= np.uint32(octets[at])
            elif at == end:
                word |= np.uint32(0x80)
            at += 1
        block[i, lane] = word
    if number == (end - start + 72) // 64 - 1:
        bits = np.uint64(end - start) * np.uint64(8)
        block[14, lane] = np.uint32(bits >> np.uint64(32))
        block[15, lane] = np.uint32(bits & np.uint64(0xFFFFFFFF))
