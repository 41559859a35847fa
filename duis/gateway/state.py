"""What the gateway must not forget: accepted requests, awaited responses, undelivered documents, the DCC's counter."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any, NamedTuple

from duis.errors import DuisError
from duis.identifiers import RequestID
from gbcs.eui64 import Eui64
from gbcs.message import MessageIdentifier

# The lock keeps a second gateway from using the same counter.
_SCHEMA = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE IF NOT EXISTS request (id TEXT PRIMARY KEY, variant TEXT, pre_command BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS command (
    key BLOB PRIMARY KEY, request_id TEXT, variant TEXT, message_code INTEGER, deadline REAL, sent INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS command_deadline ON command (deadline);
CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY, user BLOB, document BLOB);
CREATE TABLE IF NOT EXISTS broker (id INTEGER PRIMARY KEY, counter INTEGER);
INSERT OR IGNORE INTO broker VALUES (0, 0);
COMMIT;
"""


class Awaited(NamedTuple):
    """A command whose response is awaited.

    Attributes:
        key: of the command, see `command_key`.
        request_id, variant: of the request that it comes from.
        message_code: of the command and its response.
        deadline: when (timezone-aware) the response is given up.
        sent: whether it has gone out to a hub.
    """

    key: bytes
    request_id: RequestID
    variant: str
    message_code: int
    deadline: datetime
    sent: bool = False


class Undelivered(NamedTuple):
    """A document that a user has not received yet."""

    number: int
    user: Eui64
    document: bytes


def command_key(command: MessageIdentifier) -> bytes:
    """What a command and its response have in common."""
    return command.originator + command.recipient + command.originator_counter.to_bytes(8, "big")


class State:
    """The state in SQLite; every method is one transaction.

    Raises:
        DuisError: `path` is no state file, cannot be written, or another gateway uses it.
    """

    def __init__(self, path: str = ":memory:") -> None:
        try:
            self._database = sqlite3.connect(path, timeout=0)
            try:
                self._database.executescript(_SCHEMA)
            except sqlite3.Error:
                self._database.close()
                raise
        except sqlite3.Error as error:
            raise DuisError(f"state {path}: {error}") from None

    def close(self) -> None:
        """Releases the file."""
        self._database.close()

    # Requests.

    def knows(self, request_id: RequestID) -> bool:
        """Whether a request with this RequestID was accepted."""
        return bool(self._rows("SELECT 1 FROM request WHERE id = ?", str(request_id)))

    def issue(self, request_id: RequestID, variant: str, pre_command: bytes) -> None:
        """Accepts a request that ends with a pre-command, for which the signed one may come."""
        with self._database:
            self._database.execute("INSERT INTO request VALUES (?, ?, ?)", (str(request_id), variant, pre_command))

    def issued(self, request_id: RequestID) -> tuple[str, bytes] | None:
        """Service reference variant and pre-command, while nobody has sent in the signed one."""
        query = "SELECT variant, pre_command FROM request WHERE id = ? AND pre_command IS NOT NULL"
        return next(iter(self._rows(query, str(request_id))), None)

    def accept(self, request_id: RequestID, awaited: Awaited | None, broker_counter: int | None) -> None:
        """Accepts a request, with the command to await and the DCC's counter where there are such.

        A pre-command that was issued for the request is used up.
        """
        with self._database:
            self._database.execute("REPLACE INTO request VALUES (?, NULL, NULL)", (str(request_id),))
            if awaited:
                key, own_id, *facts, deadline, sent = awaited
                values = (key, str(own_id), *facts, deadline.timestamp(), sent)
                self._database.execute("INSERT INTO command VALUES (?, ?, ?, ?, ?, ?)", values)
            if broker_counter is not None:
                self._database.execute("UPDATE broker SET counter = ?", (broker_counter,))

    @property
    def broker_counter(self) -> int:
        """The last counter with which the DCC originated a command."""
        ((counter,),) = self._rows("SELECT counter FROM broker")
        return int(counter)

    # Commands.

    def awaited(self, key: bytes) -> Awaited | None:
        """The command with this key, while its response is awaited."""
        return next(iter(self._commands("SELECT * FROM command WHERE key = ?", key)), None)

    def mark_sent(self, key: bytes) -> bool:
        """Notes that the command goes out to its hub; False where its response is not awaited any more."""
        with self._database:
            return self._database.execute("UPDATE command SET sent = 1 WHERE key = ?", (key,)).rowcount > 0

    def overdue(self, now: datetime) -> list[Awaited]:
        """The commands whose deadline has come."""
        return self._commands("SELECT * FROM command WHERE deadline <= ? ORDER BY deadline", now.timestamp())

    def next_deadline(self) -> datetime | None:
        """The earliest deadline of an awaited response."""
        ((deadline,),) = self._rows("SELECT min(deadline) FROM command")
        return None if deadline is None else datetime.fromtimestamp(deadline, UTC)

    def settle(self, awaited: Awaited, document: bytes) -> Undelivered:
        """Awaits no more response to the command, for `document` tells the user the outcome."""
        user = awaited.request_id.originator
        with self._database:
            self._database.execute("DELETE FROM command WHERE key = ?", (awaited.key,))
            cursor = self._database.execute("INSERT INTO outbox (user, document) VALUES (?, ?)", (user, document))
        return Undelivered(cursor.lastrowid or 0, user, document)

    # Documents.

    def undelivered(self) -> list[Undelivered]:
        """The documents that users have not received, oldest first."""
        rows = self._rows("SELECT number, user, document FROM outbox ORDER BY number")
        return [Undelivered(number, Eui64(user), document) for number, user, document in rows]

    def delivered(self, number: int) -> None:
        """Forgets a document that was received."""
        with self._database:
            self._database.execute("DELETE FROM outbox WHERE number = ?", (number,))

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._database.execute(query, values).fetchall()

    def _commands(self, query: str, value: object) -> list[Awaited]:
        return [
            Awaited(key, RequestID.parse(own_id), variant, code, datetime.fromtimestamp(deadline, UTC), bool(sent))
            for key, own_id, variant, code, deadline, sent in self._rows(query, value)
        ]
