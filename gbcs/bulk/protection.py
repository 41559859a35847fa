"""Protecting columns of messages: `gbcs.security.protection.protect` for many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gbcs.bulk.column import Column, Octets
from gbcs.bulk.keys import TestKey
from gbcs.bulk.macs import tags_of
from gbcs.bulk.parsing import Parsed, parse_many
from gbcs.bulk.parties import eui64, secrets_between
from gbcs.bulk.signatures import Access, digest_parts, sign_many
from gbcs.errors import GbcsError, MissingKeyError, SecurityError
from gbcs.eui64 import Eui64
from gbcs.kernels import assembly, reference
from gbcs.kernels.target import choices
from gbcs.message import MAC_LENGTH, SIGNATURE_LENGTH, Kind
from gbcs.security.category import Category, MacBetween, Protection, acceptable
from gbcs.security.keys import Keys

_KINDS = tuple(Kind)


class Protected(NamedTuple):
    """What `protect_many` made.

    Attributes:
        messages: whole messages; empty where one could not be protected.
        errors: item -> why not.
    """

    messages: Column
    errors: dict[int, GbcsError]


def protect_many(
    messages: Column | Iterable[bytes],
    category: Category,
    keys: Keys,
    *,
    signers: Mapping[Eui64, TestKey] | None = None,
    access: Access = "uniform",
    threads: int | None = None,
) -> Protected:
    """The messages with the usual protection of their category: signature first, then MAC.

    A signature that is there already is kept, so that the broker can protect what remote parties signed; a MAC is
    made anew. New signatures have the nonces of RFC 6979.

    Args:
        messages: pre-commands and the like, a column or bytes.
        category: of all of them.
        keys: whose shared secrets key the MACs; each pair of parties is asked for once.
        signers: the keys of originators who sign, marked as test keys.
        access: see `gbcs.bulk.sign_many`.
        threads: None for one a core.
    """
    parsed = parse_many(messages, threads=threads)
    valid = parsed.valid
    errors: dict[int, GbcsError] = {
        int(item): error for item in np.flatnonzero(~valid) if (error := parsed.error(int(item)))
    }
    # What goes in is not protected yet: a pre-command is the command that it becomes.
    kinds = np.maximum(parsed["kind"], _KINDS.index(Kind.COMMAND)).astype(np.intp)
    forms: list[Protection | None] = [next(iter(acceptable(category, kind)), None) for kind in _KINDS]
    for item in np.flatnonzero(np.array([form is None for form in forms])[kinds] & valid):
        errors[int(item)] = SecurityError("protection", f"category {category} has no {_KINDS[kinds[item]]}")

    signed, maced = (np.array([bool(form and part(form)) for form in forms])[kinds] for part in (_signs, _macs))
    has_signature = parsed["signature_length"] == SIGNATURE_LENGTH
    starts = np.ascontiguousarray(parsed["header"])
    content_ends = parsed["content"] + parsed["content_length"]
    ends = np.where(has_signature, content_ends + 1 + SIGNATURE_LENGTH, content_ends)
    # A signed message with a MAC that its category does not ask for stays as it is.
    untouched = has_signature & parsed["maced"] & ~maced
    offsets = parsed.messages.offsets
    starts, ends = np.where(untouched, offsets[:-1], starts), np.where(untouched, offsets[1:], ends)
    signatures = np.empty((len(parsed), SIGNATURE_LENGTH), np.uint8)
    to_sign = signed & ~has_signature & valid
    if to_sign.any():
        _sign(parsed, to_sign, starts, content_ends, signatures, signers or {}, errors, access, threads)

    between = np.array([bool(form and form.mac is MacBetween.BROKER_AND_RECIPIENT) for form in forms])[kinds]
    one = np.where(between, _broker(keys, between & maced, errors), parsed["originator"])
    secrets, which, missing = secrets_between(keys, one[maced], np.ascontiguousarray(parsed["recipient"])[maced])
    positions = np.flatnonzero(maced)
    errors = {int(positions[item]): error for item, error in missing.items()} | errors

    suffixes = np.where(has_signature, -1, np.where(to_sign, SIGNATURE_LENGTH, 0))
    sizes = ends - starts + 1 + suffixes
    body = 5 + sizes + MAC_LENGTH
    sizes = np.where(maced, 7 + _length_octets(body) + body, sizes)
    sizes[list(errors)] = 0
    offsets = np.zeros(len(parsed) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    result, headers = np.zeros(offsets[-1], np.uint8), np.zeros(len(parsed), np.int64)
    octets = parsed.messages.octets
    kernel = reference if choices()["mac"].path == "reference" else assembly
    kernel.assemble(octets, starts, ends, suffixes, signatures, maced, offsets, result, headers)
    macs = maced & (sizes > 0)
    mac_ends = offsets[1:][macs]
    tags = tags_of(result, headers[macs], mac_ends - MAC_LENGTH, secrets, which[macs[maced]], threads)
    kernel.put_macs(tags, result, mac_ends)
    return Protected(Column(result, offsets), dict(sorted(errors.items())))


def _signs(form: Protection) -> bool:
    return form.signed


def _macs(form: Protection) -> bool:
    return form.mac is not None


def _length_octets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Octets of BER lengths in their shortest form."""
    edges = np.array([0x80, 1 << 8, 1 << 16, 1 << 24])
    return 1 + np.searchsorted(edges, lengths, side="right")


def _broker(keys: Keys, needed: NDArray[np.bool_], errors: dict[int, GbcsError]) -> int:
    """The broker's identifier as a number."""
    try:
        return int.from_bytes(keys.broker(), "big") if needed.any() else 0
    except MissingKeyError as error:
        errors.update({int(item): error for item in np.flatnonzero(needed) if int(item) not in errors})
        return 0


def _sign(
    parsed: Parsed,
    to_sign: NDArray[np.bool_],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    signatures: Octets,
    signers: Mapping[Eui64, TestKey],
    errors: dict[int, GbcsError],
    access: Access,
    threads: int | None,
) -> None:
    """Signs what is to be signed, originator by originator; who has no key is an error."""
    originators = parsed["originator"]
    for originator in np.unique(originators[to_sign]):
        party = eui64(originator)
        items = np.flatnonzero(to_sign & (originators == originator))
        if party not in signers:
            error = MissingKeyError(f"{party.hex()} digital signature test key among the signers")
            errors.update({int(item): error for item in items})
            continue
        # The signature covers the grouping header without its tag, and the content (GBCS 4.3.3.2).
        digests = digest_parts(parsed.messages.octets, starts[items] + 1, ends[items])
        signatures[items] = sign_many(signers[party], digests=digests, access=access, threads=threads)
