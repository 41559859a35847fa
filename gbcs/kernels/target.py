"""Which path each operation takes here, and why: decided from what Numba's target has, before anything is compiled.

Compiling an instruction that the target lacks would end the process, and the target need not be the host
(``NUMBA_CPU_NAME``, ``NUMBA_CPU_FEATURES``), so the target is asked.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from numba import config
from numba.core.registry import cpu_target

IFMA = ("avx512f", "avx512vl", "avx512dq", "avx512bw", "avx512ifma")
AES = ("sse4.1", "ssse3", "aes", "pclmul")
WIDE_AES = (*AES, *IFMA[:4], "vaes", "vpclmulqdq")


class Choice(NamedTuple):
    """The path of one operation.

    Attributes:
        path: what `gbcs.kernels` calls it; ``openssl`` and ``reference`` work one item at a time.
        reason: in words, for people.
        break_even: the smallest batch that takes this path; smaller ones go to OpenSSL.
    """

    operation: str
    path: str
    reason: str
    break_even: int = 1


@cache
def features() -> frozenset[str]:
    """The instruction set extensions for which Numba compiles."""
    text = cpu_target.target_context.codegen().magic_tuple()[2]
    return frozenset(feature[1:] for feature in text.split(",") if feature.startswith("+"))


def name() -> str:
    """Target triple and processor for which Numba compiles."""
    triple, processor, _ = cpu_target.target_context.codegen().magic_tuple()
    return f"{triple} {processor}"


def _has(wanted: tuple[str, ...]) -> bool:
    return features() >= set(wanted)


def _lacking(wanted: tuple[str, ...]) -> str:
    return "the target has no " + ", ".join(feature for feature in wanted if feature not in features())


def _has_64_bits() -> bool:
    return name().split("-")[0] in {"x86_64", "aarch64", "arm64"}


def _curve(operation: str, ifma: int, scalar: int) -> Choice:
    if _has(IFMA):
        return Choice(operation, "ifma", "eight at once in AVX-512 IFMA", ifma)
    if _has_64_bits():
        return Choice(operation, "scalar", f"64-bit multiplications; {_lacking(IFMA)}", scalar)
    return Choice(operation, "openssl", "neither AVX-512 IFMA nor 64-bit multiplications")


def _agree_each() -> Choice:
    if _has(IFMA):
        return Choice("agree each", "ifma", "eight at once in AVX-512 IFMA", 6)
    return Choice("agree each", "openssl", f"OpenSSL is faster; {_lacking(IFMA)}")


def _gcm(operation: str) -> Choice:
    if _has(WIDE_AES):
        return Choice(operation, "aesni", "AES-NI and carry-less multiplication, 512 bits at once")
    if _has(AES):
        return Choice(operation, "aesni", "AES-NI and carry-less multiplication")
    return Choice(operation, "portable", f"tables and integer arithmetic, long messages by OpenSSL; {_lacking(AES)}")


def _digest() -> Choice:
    lanes = 16 if _has(("avx512f",)) else 8 if _has(("avx2",)) else 4
    return Choice("digest", "lanes", f"{lanes} messages in each vector")


@cache
def choices() -> dict[str, Choice]:
    """Operation -> its path."""
    parse = Choice("parse", "compiled", "the same on every target")
    curve = [_curve("sign", 5, 12), _curve("verify", 2, 4), _curve("agree", 2, 4), _agree_each()]
    found = [*curve, _digest(), _gcm("mac"), _gcm("encrypt"), parse]
    if config.DISABLE_JIT:
        found = [Choice(choice.operation, "reference", "NUMBA_DISABLE_JIT is set") for choice in found]
    return {choice.operation: choice for choice in found}
