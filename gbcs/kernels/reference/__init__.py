"""The kernels' twins in plain Python: the same arrays in and out, slow and short.

Tests compare the kernels with these, and these with `cryptography`; they take the kernels' place where
``NUMBA_DISABLE_JIT`` is set. No cryptography here is OpenSSL's.
"""

from gbcs.kernels.reference.assembly import assemble, compare_macs, put_macs
from gbcs.kernels.reference.encryption import gcm, gmac
from gbcs.kernels.reference.hashing import derive_keys, digest_many, nonce
from gbcs.kernels.reference.messages import number_pairs, parse_accesses, parse_headers
from gbcs.kernels.reference.points import Point, add, agree, multiply, numbers, sign, verify, words_of

__all__ = [
    "Point",
    "add",
    "agree",
    "assemble",
    "compare_macs",
    "derive_keys",
    "digest_many",
    "gcm",
    "gmac",
    "multiply",
    "nonce",
    "number_pairs",
    "numbers",
    "parse_accesses",
    "parse_headers",
    "put_macs",
    "sign",
    "verify",
    "words_of",
]
