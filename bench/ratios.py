"""`python -m bench.ratios`: bulk operations beside what a user would take instead, one table of ratios of one run.

``--portable`` compiles for bare x86-64, without AVX, AES-NI or IFMA, whatever the machine has.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench import baselines, documents
from bench.plot import Line, write_plot
from bench.race import Contender, race
from bench.size import size
from duis.signature import SerialSigner
from duis.signature import sign_many as sign_documents
from gbcs.bulk import (
    BulkSigner,
    Column,
    KeyTable,
    TestKey,
    agree_many,
    check_many,
    decrypt_many,
    encrypt_many,
    parse_many,
    protect_many,
    sign_many,
    verify_many,
)
from gbcs.bulk.signatures import digest_many
from gbcs.eui64 import Eui64
from gbcs.kernels import gmac
from gbcs.kernels.target import choices
from gbcs.kernels.target import name as target_name
from gbcs.message import Cra, Message
from gbcs.roles import KeyUse
from gbcs.security import protection
from gbcs.security.category import Category
from gbcs.security.ecc import SoftwareSigner, signature_is_valid
from tests.gbcs.keys import METER, SUPPLIER, MemoryKeys

_PORTABLE = {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""}
_OPERATIONS = ("sign", "verify", "agree")
_BATCH = size(4096, 64)
_SIZES = size((1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 5000, 10_000), (1, 16, 256))
_MOST = _SIZES[-1]
_HEADERS = size(1_000_000, 1000)


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        ours: our contender's name and seconds an item.
        theirs: the other's.
        target: the ratio to reach with AVX-512 IFMA and on portable targets; None where there is no target.
    """

    path: str
    ours: float
    against: str
    theirs: float
    target: tuple[float, float] | None = None

    @property
    def ratio(self) -> float:
        """How many times as fast ours is."""
        return self.theirs / self.ours


class _CachedKeys(MemoryKeys):
    """As a rig's keystore, which computes a shared secret once."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: dict[tuple[Eui64, Eui64], bytes] = {}

    def shared_secret(self, one: Eui64, other: Eui64, use: KeyUse = KeyUse.KA) -> bytes:
        if (one, other) not in self._secrets:
            self._secrets[one, other] = super().shared_secret(one, other, use)
        return self._secrets[one, other]


class _Setting:
    """What all rows share: keys, messages of several lengths."""

    def __init__(self) -> None:
        self.keys = _CachedKeys()
        self.private = self.keys.private[SUPPLIER, KeyUse.DS]
        self.key = TestKey(self.private)
        self.signers = {SUPPLIER: self.key}
        self.table = KeyTable([self.private.public_key()])
        self.peer = ec.generate_private_key(ec.SECP256R1())
        self.devices = [TestKey(ec.generate_private_key(ec.SECP256R1())) for _ in range(_BATCH)]
        self.secret = self.keys.shared_secret(self.keys.broker(), METER)

        def bodies(length: int) -> list[bytes]:
            # Grouping header and content are 34 octets longer than a short content.
            contents = (os.urandom(length - 34) for _ in range(_BATCH))
            return [Message(Cra.COMMAND, 1 + i, SUPPLIER, METER, 0x59, c).encode() for i, c in enumerate(contents)]

        self.bodies: Callable[[int], list[bytes]] = bodies
        self.digests = np.frombuffer(os.urandom(32 * _MOST), np.uint8).reshape(-1, 32)


def _best(*work: tuple[Callable[[], object], int]) -> list[float]:
    """Seconds an item of each, which does as many items as it says; timed in turn."""
    contenders = [Contender(run, items) for run, items in work]
    race(contenders)
    return [contender.best for contender in contenders]


def _signature_rows(setting: _Setting) -> list[Row]:
    """OpenSSL's own benchmark is filled in by `measure`."""
    digests, key, table = setting.digests[:_BATCH], setting.key, setting.table
    messages = setting.bodies(200)
    signatures = sign_many(key, messages)
    hashed = digest_many(messages)
    public, peer = setting.private.public_key(), setting.peer
    others = [device.public_key for device in setting.devices[:512]]
    best = _best(
        (lambda: sign_many(key, digests=digests, threads=1), _BATCH),
        (lambda: sign_many(key, digests=digests, threads=1, access="indexed"), _BATCH),
        (lambda: sign_many(key, digests=digests, threads=1, access="indexed", nonces="os"), _BATCH),
        (lambda: sign_many(key, messages, threads=1), _BATCH),
        (lambda: verify_many(table, signatures, digests=hashed, threads=1), _BATCH),
        (lambda: verify_many(table, signatures, messages, threads=1), _BATCH),
        (lambda: agree_many(setting.devices, peer.public_key(), threads=1), _BATCH),
        (lambda: [baselines.pyca_sign(setting.private, message) for message in messages[:64]], 64),
        (
            lambda: [
                signature_is_valid(public, s.tobytes(), m) for s, m in zip(signatures[:64], messages, strict=False)
            ],
            64,
        ),
        (lambda: [peer.exchange(ec.ECDH(), public) for _ in range(64)], 64),
        (lambda: agree_many(key, others, threads=1), len(others)),
    )
    return [
        Row("sign, RFC 6979, uniform access", best[0], "openssl speed sign", 0, (10, 3)),
        Row("sign, RFC 6979, indexed", best[1], "openssl speed sign", 0, (15, 4)),
        Row("sign, nonces of the system, indexed", best[2], "openssl speed sign", 0),
        Row("sign messages of 200 octets", best[3], "pyca, deterministic", best[7]),
        Row("verify, cached keys", best[4], "openssl speed verify", 0, (30, 6)),
        Row("verify messages of 200 octets", best[5], "one at a time", best[8]),
        Row("ECDH, fixed peer", best[6], "openssl speed agree", 0, (30, 8)),
        Row("ECDH, fixed peer", best[6], "pyca", best[9]),
        Row("ECDH, a new peer each", best[10], "openssl speed agree", 0),
    ]


def _batch_rows(setting: _Setting) -> list[Row]:
    """Signing by length of message, by size of batch, and on two threads."""
    key, private = setting.key, setting.private
    rows = []

    def by_pyca(messages: list[bytes]) -> tuple[Callable[[], object], int]:
        some = messages[:64]
        return lambda: [baselines.pyca_sign(private, message) for message in some], len(some)

    for length in (60, 2000):
        messages = setting.bodies(length)
        ours, pyca = _best((partial(sign_many, key, messages, threads=1), _BATCH), by_pyca(messages))
        rows.append(Row(f"sign messages of {length} octets", ours, "pyca, deterministic", pyca))
    messages = (setting.bodies(200) * 4)[:_MOST]
    for count in sorted({1, 16, 256, _MOST}):
        batches = [messages[i : i + count] for i in range(0, min(len(messages), max(64, count)), count)]
        ours, pyca = _best(
            (lambda b=batches: [sign_many(key, batch, threads=1) for batch in b], len(batches) * count),  # type: ignore[misc]
            by_pyca(messages),
        )
        rows.append(Row(f"sign a batch of {count:,}", ours, "pyca, deterministic", pyca))
    signatures = sign_many(key, messages)
    work: dict[str, Callable[..., object]] = {
        "sign": partial(sign_many, key, messages),
        "verify": partial(verify_many, setting.table, signatures, messages),
    }
    for name, run in work.items():
        two, one = _best((partial(run, threads=2), len(messages)), (partial(run, threads=1), len(messages)))
        rows.append(Row(f"{name} a batch of {len(messages):,} on two threads", two, "one thread", one))
    return rows


def _encryption_rows() -> list[Row]:
    rows = []
    drawn = np.frombuffer(os.urandom(16 * _BATCH), np.uint8).reshape(-1, 16)
    titles = drawn[:, :8]
    items = [(key.tobytes(), key[:8].tobytes() + bytes(4)) for key in drawn]
    for length in (60, 250, 1000):
        texts = Column.of(os.urandom(length) for _ in range(_BATCH))
        sealed, parts = encrypt_many(drawn, titles, texts), list(texts)
        ours, opened, pyca = _best(
            (partial(encrypt_many, drawn, titles, texts, threads=1), _BATCH),
            (partial(decrypt_many, drawn, titles, sealed, threads=1), _BATCH),
            (partial(baselines.pyca_encrypt, items, parts), _BATCH),
        )
        rows.append(Row(f"encrypt {length} octets, new key each", ours, "pyca", pyca))
        # Decrypting costs pyca what encrypting does.
        rows.append(Row(f"decrypt {length} octets, new key each", opened, "pyca, encrypting", pyca))
    return rows


def _document_rows() -> list[Row]:
    user, made = documents.issue_user(documents.make_authority()), documents.make_documents()
    many, some = made * (_MOST // len(made)), made * size(20, 1)
    kernels, serial = BulkSigner(TestKey(user.private_key), threads=1), SerialSigner(SoftwareSigner(user.private_key))
    others = {"signxml": documents.by_signxml(user)} | (
        {"python-xmlsec": documents.by_xmlsec(user)} if documents.HAS_XMLSEC else {}
    )
    contenders = [
        Contender(partial(sign_documents, many, kernels, user.certificate), len(many)),
        Contender(partial(sign_documents, some, serial, user.certificate), len(some)),
        *(Contender(lambda sign=sign: list(map(sign, some)), len(some)) for sign in others.values()),  # type: ignore[misc]
    ]
    race(contenders, 4)
    names = ("one at a time", *others)
    return [
        Row(f"sign {len(many):,} DUIS documents", contenders[0].best, name, other.best)
        for name, other in zip(names, contenders[1:], strict=True)
    ]


def _mac_rows() -> list[Row]:
    rows = []
    kernel = gmac.gmac_aesni if choices()["mac"].path == "aesni" else gmac.gmac_portable
    for length in (60, 128, 250, 1000, 2000):
        octets = np.frombuffer(os.urandom(length * _BATCH), np.uint8)
        keys = np.frombuffer(os.urandom(16 * _BATCH), np.uint8).reshape(-1, 16)
        starts = np.arange(_BATCH) * length
        tags, prefix = np.empty((_BATCH, 16), np.uint8), np.zeros(6, np.uint8)
        parts = [(keys[i].tobytes(), octets[i * length :][:length].tobytes()) for i in range(_BATCH)]
        arguments = keys, keys, prefix, octets, starts, starts + length, tags
        ours, pyca = _best(
            (lambda arguments=arguments: kernel(*arguments), _BATCH),  # type: ignore[misc]
            (lambda parts=parts: [AESGCM(k).encrypt(k[:12], b"", m) for k, m in parts], _BATCH),  # type: ignore[misc]
        )
        target = (15.0, 15.0 if kernel is gmac.gmac_aesni else 2.0) if length <= 250 else None
        rows.append(Row(f"GMAC, {length} octets, new key each", ours, "pyca", pyca, target))
    return rows


def _message_rows(setting: _Setting) -> list[Row]:
    return [row for length in (60, 244) for row in _protection_rows(setting, length)]


def _protection_rows(setting: _Setting, length: int) -> list[Row]:
    keys, bodies = setting.keys, setting.bodies(length)
    column = Column.of(bodies)

    def plain() -> object:
        return protect_many(column, Category.NON_CRITICAL, keys, threads=1)

    def critical() -> Any:
        return protect_many(column, Category.CRITICAL, keys, signers=setting.signers, threads=1)

    def singly() -> None:
        for body in bodies[:64]:
            protection.protect(Message.decode(body), Category.NON_CRITICAL, keys).encode()

    made = critical().messages
    some = list(made)[:64]

    def check_singly() -> None:
        for octets in some:
            protection.verify(Message.decode(octets), Category.CRITICAL, keys)

    best = _best(
        (plain, _BATCH),
        (critical, _BATCH),
        (lambda: check_many(made, keys, threads=1), _BATCH),
        (lambda: baselines.pyca_protect(bodies, setting.secret), _BATCH),
        (lambda: baselines.pyca_protect(bodies[:64], setting.secret, setting.private), 64),
        (singly, 64),
        (check_singly, 64),
    )
    name = f"of {length} octets"
    return [
        Row(f"protect a non-critical command {name}", best[0], "pyca loop", best[3], (10, 2.5)),
        Row(f"command with signature and MAC {name}", best[1], "pyca loop", best[4], (10, 4)),
        Row(f"protect a non-critical command {name}", best[0], "one at a time", best[5]),
        Row(f"check signature and MAC {name}", best[2], "one at a time", best[6]),
    ]


def _parse_rows(setting: _Setting) -> list[Row]:
    messages = [message for length in (60, 128, 300) for message in setting.bodies(length)[:300]]
    headers = Column.of(messages * (_HEADERS // len(messages) + 1))
    ours, single = (
        Contender(lambda: parse_many(headers, threads=1), len(headers)),
        Contender(lambda: [Message.decode(m) for m in messages], len(messages)),
    )
    race([ours, single], 4)
    rows = [Row(f"parse headers of {_HEADERS:,} messages", ours.best, "one at a time", single.best)]
    tshark = baselines.tshark_fields(tuple(messages))
    if tshark:
        other = Contender(tshark, reports=True)
        race([other], 3)
        rows.append(Row(rows[0].path, ours.best, "tshark -T fields", other.best, (150, 150)))
    return rows


def measure() -> list[Row]:
    """All rows. OpenSSL's benchmark runs before, between and after; its best figure counts."""
    setting = _Setting()
    time_openssl = size(baselines.openssl_speed, cache(baselines.openssl_speed))
    speeds = [time_openssl()]
    signatures = _signature_rows(setting)
    speeds.append(time_openssl())
    others = [*_mac_rows(), *_encryption_rows(), *_message_rows(setting)]
    if not _PORTABLE.items() <= os.environ.items():  # the same there, or told by the rows above
        others += [*_batch_rows(setting), *_parse_rows(setting), *_document_rows()]
    speeds.append(time_openssl())
    known = [speed for speed in speeds if speed]
    best = {f"openssl speed {name}": min(speed[name] for speed in known) for name in _OPERATIONS if known}
    rows = [row._replace(theirs=best.get(row.against, row.theirs)) for row in (*signatures, *others)]
    return [row for row in rows if row.theirs]


def sweep(path: Path) -> None:
    """Throughput over batch size, on one and two threads, as a plot."""
    setting = _Setting()
    bodies = setting.bodies(128) * 4
    signatures = sign_many(setting.key, digests=setting.digests)
    work: dict[str, Callable[[int, int], object]] = {
        "sign": lambda n, t: sign_many(setting.key, digests=setting.digests[:n], threads=t),
        "verify": lambda n, t: verify_many(setting.table, signatures[:n], digests=setting.digests[:n], threads=t),
        "protect": lambda n, t: protect_many(columns[n], Category.NON_CRITICAL, setting.keys, threads=t),
    }
    columns = {n: Column.of(bodies[:n]) for n in _SIZES}
    lines = []
    for name, run in work.items():
        for threads in (1, 2):
            contenders = [Contender(lambda n=n, r=run, t=threads: r(n, t), n) for n in _SIZES]
            race(contenders, 5)
            points = [(n, 1 / contender.best) for n, contender in zip(_SIZES, contenders, strict=True)]
            lines.append(Line(f"{name}, {threads} thread{'s' * (threads > 1)}", points, dashed=threads > 1))
    one = Contender(lambda: [setting.key.sign_digest(bytes(32), deterministic=True) for _ in range(64)], 64)
    race([one], 5)
    lines.append(Line("sign, pyca", [(1, 1 / one.best), (_MOST, 1 / one.best)]))
    processor, form = target_name().split()[-1], choices()["sign"].path
    write_plot(path, f"Throughput over batch size ({processor}, {form})", "batch", "items a second", lines)


def _table(rows: list[Row], column: int) -> str:
    lines = [f"{'path':50} {'ours':>9} {'against':20} {'theirs':>9} {'ratio':>7} {'target':>7}"]
    for row in rows:
        target = f"{row.target[column]:6g}x" if row.target else ""
        mark = " missed" if row.target and row.ratio < row.target[column] else ""
        ours, theirs = (f"{seconds * 1e6:6.2f} us" for seconds in (row.ours, row.theirs))
        lines.append(f"{row.path:50} {ours:>9} {row.against:20} {theirs:>9} {row.ratio:6.1f}x {target:>7}{mark}")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.ratios", description=__doc__)
    parser.add_argument("--portable", action="store_true", help="compile for bare x86-64")
    parser.add_argument("--json", action="store_true", help="a JSON object a row instead of the table")
    parser.add_argument("--plot", metavar="SVG", type=Path, help="plot throughput over batch size as well")
    arguments = parser.parse_args()
    if arguments.portable and not _PORTABLE.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, "-m", "bench.ratios", *sys.argv[1:]], os.environ | _PORTABLE)
    rows = measure()
    if arguments.json:
        for row in rows:
            print(json.dumps(row._asdict()))
    else:
        print(", ".join(f"{choice.operation}: {choice.path}" for choice in choices().values()))
        print(_table(rows, 0 if choices()["sign"].path == "ifma" else 1))
    if arguments.plot:
        sweep(arguments.plot)


if __name__ == "__main__":
    main()
