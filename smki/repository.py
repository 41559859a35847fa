"""The SMKI repository in SQLite: every certificate that was issued, its status, revocations, lists and batches.

Nothing is ever deleted. What a method has returned from is on disk: a process that is killed loses none of it. Several
processes may have the same file open. Source: SEC Appendix P (repository), as far as a rig can tell.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from os import PathLike
from types import TracebackType
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse
from smki.certificate import Certificate, Kind
from smki.errors import SmkiError
from smki.revocation import Reason, Revocation, RevocationList

_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")
#: Seconds to wait for another process that writes.
_BUSY = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS certificate (
    number INTEGER PRIMARY KEY, issuer TEXT NOT NULL, serial TEXT NOT NULL, der BLOB NOT NULL, kind TEXT NOT NULL,
    eui TEXT, role INTEGER, use TEXT, public_key BLOB NOT NULL, status TEXT NOT NULL, manufacturing INTEGER NOT NULL,
    party TEXT NOT NULL, issued TEXT NOT NULL, UNIQUE (issuer, serial));
CREATE INDEX IF NOT EXISTS certificate_serial ON certificate (serial);
CREATE INDEX IF NOT EXISTS certificate_eui ON certificate (eui);
CREATE INDEX IF NOT EXISTS certificate_key ON certificate (public_key);
CREATE TABLE IF NOT EXISTS revocation (
    issuer TEXT NOT NULL, serial TEXT NOT NULL, since TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (issuer, serial)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS list (
    issuer_key BLOB NOT NULL, number INTEGER NOT NULL, der BLOB NOT NULL, PRIMARY KEY (issuer_key, number));
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, party TEXT NOT NULL, action TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS batch (
    number INTEGER PRIMARY KEY AUTOINCREMENT, party TEXT NOT NULL, submitted TEXT NOT NULL, completed TEXT,
    polled TEXT);
CREATE TABLE IF NOT EXISTS request (
    batch INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, text BLOB NOT NULL, status TEXT,
    code TEXT, answer TEXT, PRIMARY KEY (batch, position)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS request_open ON request (batch, position) WHERE status IS NULL;
"""


class RepositoryError(SmkiError):
    """A file that is no repository or cannot be written, or a certificate that it holds already or does not hold."""


class CertificateStatus(StrEnum):
    """The letter by which the repository tells how a certificate stands."""

    PENDING = "P"
    IN_USE = "I"
    NOT_IN_USE = "N"
    EXPIRED = "E"
    REVOKED = "R"


class Lodged(NamedTuple):
    """A certificate in the repository.

    Attributes:
        manufacturing: issued when the device was made.
        party: who asked for it.
    """

    certificate: Certificate
    status: CertificateStatus
    manufacturing: bool
    party: str


class Batch(NamedTuple):
    """A batched request.

    Attributes:
        completed: when the last of it was answered; `None` until then.
        polled: when the result was last asked for.
    """

    number: int
    party: str
    submitted: datetime
    completed: datetime | None
    polled: datetime | None


class BatchItem(NamedTuple):
    """One request of a batch.

    Attributes:
        name: what the sender calls it.
        text: the request as it was sent.
        status, code: how it ended; `None` until it did, and no code where there is a certificate.
        answer: the certificate in base64, or the error in words.
    """

    batch: int
    position: int
    name: str
    text: bytes
    status: str | None
    code: str | None
    answer: str | None


class Repository:
    """See the module. As a context manager it closes at the end."""

    def __init__(self, path: str | PathLike[str] = ":memory:") -> None:
        """Opens or creates the file.

        Raises:
            RepositoryError: it is no repository, or cannot be written.
        """
        self._path = path
        try:
            self._file = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
            for statement in _PRAGMAS:
                self._file.execute(statement)
            self._file.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise RepositoryError(f"{path}: {error}") from error

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept, or nothing of it; they nest.

        Raises:
            RepositoryError: it could not be written.
        """
        if self._file.in_transaction:
            yield
            return
        try:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                with suppress(sqlite3.OperationalError):  # SQLite may have rolled back itself
                    self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")
        except sqlite3.Error as error:
            raise RepositoryError(f"{self._path}: {error}") from error

    def _execute(self, statement: str, values: Sequence[str | int | bytes | None] = ()) -> sqlite3.Cursor:
        try:
            return self._file.execute(statement, values)
        except sqlite3.Error as error:
            raise RepositoryError(f"{self._path}: {error}") from error

    def audit(self, party: str, action: str, now: datetime) -> int:
        """Notes what a party did; returns the number of the note."""
        with self.transaction():
            row = self._execute("INSERT INTO audit (at, party, action) VALUES (?, ?, ?)", (_text(now), party, action))
        return row.lastrowid or 0

    def lodge(
        self,
        certificate: Certificate,
        now: datetime,
        *,
        status: CertificateStatus = CertificateStatus.IN_USE,
        manufacturing: bool = False,
        party: str = "",
    ) -> None:
        """Adds a certificate.

        Raises:
            RepositoryError: its issuer has given this serial number already.
        """
        row = (
            certificate.issuer_text,
            _serial(certificate.serial),
            certificate.der,
            certificate.kind.value,
            certificate.eui.hex() if certificate.eui else None,
            certificate.role_code,
            certificate.use.name if certificate.use else None,
            _point(certificate.public_key),
            status.value,
            manufacturing,
            party,
            _text(now),
        )
        with self.transaction():
            if self._execute("SELECT 1 FROM certificate WHERE issuer = ? AND serial = ?", row[:2]).fetchone():
                raise RepositoryError(f"{certificate}: the issuer has given this serial number before")
            self._execute(
                "INSERT INTO certificate (issuer, serial, der, kind, eui, role, use, public_key, status, "
                "manufacturing, party, issued) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def find(
        self,
        now: datetime,
        *,
        eui: Eui64 | None = None,
        kind: Kind | None = None,
        role: int | None = None,
        use: KeyUse | None = None,
        serial: int | None = None,
        status: CertificateStatus | None = None,
    ) -> list[Lodged]:
        """The certificates that agree with everything that is given, in the order of their issue."""
        conditions = {
            "eui": eui.hex() if eui else None,
            "kind": kind.value if kind else None,
            "role": role,
            "use": use.name if use else None,
            "serial": _serial(serial) if serial is not None else None,
        }
        given = {name: value for name, value in conditions.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in given) or "1"
        query = f"SELECT der, status, manufacturing, party FROM certificate WHERE {where} ORDER BY number"  # noqa: S608 - the names are ours
        found = (_lodged(row, now) for row in self._execute(query, tuple(given.values())))
        return [item for item in found if status is None or item.status is status]

    def count_of(self, device: Eui64) -> int:
        """How many certificates a device has been issued, ever."""
        (count,) = self._execute("SELECT count(*) FROM certificate WHERE eui = ?", (device.hex(),)).fetchone()
        return int(count)

    def has_key(self, key: ec.EllipticCurvePublicKey) -> bool:
        """Whether any certificate is for this public key."""
        row = self._execute("SELECT 1 FROM certificate WHERE public_key = ?", (_point(key),)).fetchone()
        return row is not None

    def set_status(self, certificate: Certificate, status: CertificateStatus) -> None:
        """Changes the status; what comes into use puts out of use what the same holder used for the same before.

        Raises:
            RepositoryError: it is not held, or was revoked.
        """
        with self.transaction():
            if status is CertificateStatus.IN_USE and certificate.eui:
                self._execute(
                    "UPDATE certificate SET status = 'N' WHERE status = 'I' AND eui = ? AND use IS ? AND role IS ?",
                    (certificate.eui.hex(), certificate.use and certificate.use.name, certificate.role_code),
                )
            changed = self._execute(
                "UPDATE certificate SET status = ? WHERE issuer = ? AND serial = ? AND status <> 'R'",
                (status.value, *_key(certificate)),
            )
            if not changed.rowcount:
                raise RepositoryError(f"{certificate} is not held, or was revoked")

    def revoke(self, certificate: Certificate, revocation: Revocation) -> None:
        """Notes that a certificate is revoked; one on hold can be revoked for good.

        Raises:
            RepositoryError: it is not held, or revoked for good already.
        """
        with self.transaction():
            held = self.revocation_of(certificate)
            if held and held.reason is not Reason.HOLD:
                raise RepositoryError(f"{certificate} is revoked since {held.since.isoformat()}")
            changed = self._execute(
                "UPDATE certificate SET status = 'R' WHERE issuer = ? AND serial = ?", _key(certificate)
            )
            if not changed.rowcount:
                raise RepositoryError(f"{certificate} is not held")
            self._execute(
                "REPLACE INTO revocation VALUES (?, ?, ?, ?)",
                (*_key(certificate), _text(revocation.since), revocation.reason.value),
            )

    def reinstate(self, certificate: Certificate) -> None:
        """Takes a certificate off hold.

        Raises:
            RepositoryError: it is not on hold.
        """
        with self.transaction():
            held = self.revocation_of(certificate)
            if held is None or held.reason is not Reason.HOLD:
                raise RepositoryError(f"{certificate} is not on hold")
            self._execute("DELETE FROM revocation WHERE issuer = ? AND serial = ?", _key(certificate))
            self._execute("UPDATE certificate SET status = 'I' WHERE issuer = ? AND serial = ?", _key(certificate))

    def revocation_of(self, certificate: Certificate) -> Revocation | None:
        """Since when and why a certificate is revoked or on hold."""
        row = self._execute(
            "SELECT since, reason FROM revocation WHERE issuer = ? AND serial = ?", _key(certificate)
        ).fetchone()
        return Revocation(_time(row[0]), Reason(row[1])) if row else None

    def revocations(self, issuer: Certificate) -> list[tuple[int, Revocation]]:
        """What has to be on the list that an authority signs: all of its revocations, under any of its keys."""
        name = issuer.subject.rfc4514_string()
        rows = self._execute("SELECT serial, since, reason FROM revocation WHERE issuer = ?", (name,))
        return [(int(serial, 16), Revocation(_time(since), Reason(reason))) for serial, since, reason in rows]

    def add_list(self, issuer: Certificate, revocation_list: RevocationList) -> None:
        """Keeps a list that was issued."""
        with self.transaction():
            row = (_point(issuer.public_key), revocation_list.number, revocation_list.der)
            self._execute("REPLACE INTO list VALUES (?, ?, ?)", row)

    def newest_list(self, issuer: Certificate) -> RevocationList | None:
        """The list with the highest number that an authority's key has signed."""
        row = self._execute(
            "SELECT der FROM list WHERE issuer_key = ? ORDER BY number DESC LIMIT 1", (_point(issuer.public_key),)
        ).fetchone()
        return RevocationList.load(row[0]) if row else None

    def add_batch(self, party: str, requests: Iterable[tuple[str, bytes]], now: datetime) -> int:
        """Keeps a batched request, names and texts; returns its number."""
        with self.transaction():
            made = self._execute("INSERT INTO batch (party, submitted) VALUES (?, ?)", (party, _text(now)))
            number = made.lastrowid or 0
            self._file.executemany(
                "INSERT INTO request (batch, position, name, text) VALUES (?, ?, ?, ?)",
                ((number, position, name, text) for position, (name, text) in enumerate(requests)),
            )
        return number

    def batch(self, number: int) -> Batch | None:
        """One batch, by its number."""
        row = self._execute("SELECT * FROM batch WHERE number = ?", (number,)).fetchone()
        return _batch(row) if row else None

    def open_batches(self) -> list[Batch]:
        """Those that are not completed, the oldest first."""
        return list(map(_batch, self._execute("SELECT * FROM batch WHERE completed IS NULL ORDER BY number")))

    def unanswered(self, batch: int, count: int) -> list[BatchItem]:
        """The next requests of a batch that have no answer yet."""
        query = "SELECT * FROM request WHERE batch = ? AND status IS NULL ORDER BY position LIMIT ?"
        return [BatchItem(*row) for row in self._execute(query, (batch, count))]

    def has_answers(self, batch: int) -> bool:
        """Whether some request of a batch has been answered."""
        query = "SELECT 1 FROM request WHERE batch = ? AND status IS NOT NULL LIMIT 1"
        return self._execute(query, (batch,)).fetchone() is not None

    def waiting(self) -> int:
        """How many requests of all batches have no answer yet."""
        return int(self._execute("SELECT count(*) FROM request WHERE status IS NULL").fetchone()[0])

    def items(self, batch: int) -> list[BatchItem]:
        """All requests of a batch, in their order."""
        query = "SELECT * FROM request WHERE batch = ? ORDER BY position"
        return [BatchItem(*row) for row in self._execute(query, (batch,))]

    def answer(self, item: BatchItem, status: str, code: str | None, answer: str) -> None:
        """Keeps how one request of a batch ended."""
        with self.transaction():
            self._execute(
                "UPDATE request SET status = ?, code = ?, answer = ? WHERE batch = ? AND position = ?",
                (status, code, answer, item.batch, item.position),
            )

    def complete(self, batch: int, now: datetime) -> None:
        """Marks a batch as completed."""
        with self.transaction():
            self._execute("UPDATE batch SET completed = ? WHERE number = ?", (_text(now), batch))

    def polled(self, batch: int, now: datetime) -> None:
        """Notes that a batch's result was asked for."""
        with self.transaction():
            self._execute("UPDATE batch SET polled = ? WHERE number = ?", (_text(now), batch))


def _lodged(row: tuple[bytes, str, int, str], now: datetime) -> Lodged:
    der, letter, manufacturing, party = row
    certificate, status = Certificate.load(der), CertificateStatus(letter)
    if now > certificate.not_after and status is not CertificateStatus.REVOKED:
        status = CertificateStatus.EXPIRED
    return Lodged(certificate, status, bool(manufacturing), party)


def _batch(row: tuple[int, str, str, str | None, str | None]) -> Batch:
    number, party, submitted, completed, polled = row
    return Batch(
        number, party, _time(submitted), (completed and _time(completed)) or None, (polled and _time(polled)) or None
    )


def _key(certificate: Certificate) -> tuple[str, str]:
    return certificate.issuer_text, _serial(certificate.serial)


def _serial(serial: int) -> str:
    return f"{serial:032X}"


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
