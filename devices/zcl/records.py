"""What a gas device keeps by time, and the selections that commands make of it: records, snapshots, samples.

Times are seconds since 2000. A selection that finds nothing raises `ComponentFailed` (not found).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from devices.errors import ComponentFailed, DeviceError
from devices.ring import Ring
from devices.store import Store
from devices.zcl.server import Fields
from gbcs.cosem.types import Value
from gbcs.cursor import Cursor
from gbcs.gbz.model import Command
from gbcs.gbz.types import TIME, U24, U32, Structure, ZclType

_START_OF_TIME, _END_OF_TIME = 1, 0xFFFFFFFF
#: Values of a range's end that stand for the newest there is.
_OPEN_ENDS = (0, 0xFFFFFFFE, _END_OF_TIME)
#: Time and value of a sample, as `TIME` and `U24` encode them.
_SAMPLE = struct.Struct("<I3s")
#: A sample of an interval in which nothing was recorded.
NO_SAMPLE = 0xFFFFFF
_HEAD: Mapping[str, ZclType] = {"time": TIME}


def lies_in(time: int, start: int, end: int) -> bool:
    """Whether a time lies in a range, both ends included; an end of 0 or of one of the special values is open."""
    return start <= time and (time <= end or end in _OPEN_ENDS)


class Records:
    """Records of one type, oldest first; the oldest goes when there are too many."""

    def __init__(self, store: Store, name: str, fields: Mapping[str, ZclType], capacity: int) -> None:
        """`fields` of a record, beside its ``time``."""
        self._type = Structure({**_HEAD, **fields})
        self._ring = Ring(store, f"records/{name}/", capacity)

    def append(self, time: int, fields: Fields) -> None:
        """Adds a record.

        Raises:
            gbcs.errors.UseCaseError: it is not of the type.
        """
        self._ring.append(self._type.encode({"time": time, **fields}))

    def clear(self) -> None:
        """Forgets all records."""
        self._ring.clear()

    def read(self, start: int = 0, end: int = 0) -> list[dict[str, Value]]:
        """Those of a range as `lies_in` has it."""
        return [record for record in self._ring.read(self._type.decode) if lies_in(record["time"], start, end)]


class Snapshots:
    """Snapshots that one command publishes, kept apart by what caused them, and read one numbered slot at a time."""

    def __init__(
        self, store: Store, publish: Command, capacities: Mapping[int, int], content: Iterable[str], payload_type: int
    ) -> None:
        """A ring for each mask of causes in `capacities`.

        Args:
            store: where they are kept.
            publish: the command that answers; its fields give the types.
            capacities: mask of causes to the number of snapshots.
            content: the fields of a snapshot.
            payload_type: what the answers say of their content.
        """
        types = publish.body.fields if isinstance(publish.body, Structure) else {}
        self._kept = {"snapshot_cause": types["snapshot_cause"], **{name: types[name] for name in content}}
        self._payload_type = payload_type
        #: The last range that was asked for and what lies in it: a command asks for its slots one by one.
        self._last: tuple[tuple[int, int, int], list[dict[str, Value]]] | None = None
        self._rings = {
            mask: Records(store, f"{publish.name}/{mask:04x}", self._kept, capacity)
            for mask, capacity in capacities.items()
        }

    def append(self, time: int, cause: int, content: Fields) -> None:
        """Adds a snapshot.

        Raises:
            DeviceError: no snapshots of that cause are kept.
        """
        self._last = None
        for mask, ring in self._rings.items():
            if mask & cause:
                ring.append(time, {"snapshot_cause": cause, **content})
                return
        raise DeviceError(f"no snapshots are kept for the cause {cause:#06x}")

    def answer(self, query: Fields) -> Fields:
        """The snapshot in the slot that the query numbers, the oldest of the range being in slot 0."""
        found = self._find(query["earliest_start"], query["latest_end"], query["snapshot_cause"])
        number = query["snapshot_offset"]
        if number >= len(found):
            raise ComponentFailed
        time, content = found[number]["time"], {name: found[number][name] for name in self._kept}
        return {
            "snapshot_id": number,
            "snapshot_time": time,
            "snapshots_found": len(found),
            "command_index": 0,
            "total_commands": 1,
            "payload_type": self._payload_type,
            **content,
        }

    def _find(self, start: int, end: int, cause: int) -> list[dict[str, Value]]:
        wanted = (start, end, cause)
        if self._last is None or self._last[0] != wanted:
            rings = [ring for mask, ring in self._rings.items() if mask & cause]
            self._last = wanted, [record for ring in rings for record in ring.read(start, end)]
        return self._last[1]


class Sampling(NamedTuple):
    """A log of consumption at equal intervals.

    Attributes:
        interval: in seconds.
        told: what answers say of the interval, which may be too long for the field.
    """

    interval: int
    told: int
    capacity: int


class Samples:
    """Consumption by interval, each stamped with the interval's end.

    There may be very many, and few are wanted at a time: what has no part in a range is not looked at.
    """

    def __init__(self, store: Store, sample_id: int, sampling: Sampling) -> None:
        self._sample_id = sample_id
        self._sampling = sampling
        self._ring = Ring(store, f"samples/{sample_id}/", sampling.capacity)

    def append(self, time: int, value: int) -> None:
        """Adds a sample.

        Raises:
            gbcs.errors.UseCaseError: it does not fit into three octets.
        """
        self._ring.append(TIME.encode(time) + U24.encode(value))

    def between(self, start: int, end: int) -> dict[int, int]:
        """The samples of a range by time, both ends included."""
        found = {}
        pages = list(self._ring.pages())
        skipped = sum(map(len, pages)) // _SAMPLE.size - self._ring.capacity
        for page in pages:
            (first, _), (last, _) = _SAMPLE.unpack_from(page), _SAMPLE.unpack(page[-_SAMPLE.size :])
            if first <= end and last >= start:
                for time, value in list(_SAMPLE.iter_unpack(page))[max(0, skipped) :]:
                    if start <= time <= end:
                        found[time] = int.from_bytes(value, "little")
            skipped -= len(page) // _SAMPLE.size
        return found

    def answer(self, query: Fields) -> Fields:
        """The samples of as many intervals as the query wants, from the time it names or else from the oldest on."""
        interval, count = self._sampling.interval, query["number_of_samples"]
        start = query["earliest_sample_time"]
        if start <= _START_OF_TIME:
            start = min(self.between(0, _END_OF_TIME), default=0)
        by_time = self.between(start, start + interval * count - 1)
        if not by_time:
            raise ComponentFailed
        times = range(min(by_time), max(by_time) + 1, interval)
        return {
            "sample_id": self._sample_id,
            "sample_start_time": times[0],
            "sample_type": query["sample_type"],
            "sample_request_interval": self._sampling.told,
            "number_of_samples": len(times),
            "samples": [by_time.get(time, NO_SAMPLE) for time in times],
        }


class Publications:
    """What commands have published: calendars, prices, billing periods. One set of answers a command and selector."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, command: Command, publications: Sequence[Fields], selector: int = 0) -> None:
        """Replaces what the command has published for the selector.

        Raises:
            gbcs.errors.UseCaseError: it is not of the command's type.
        """
        bodies = [command.body.encode(each) for each in publications]
        self._store[_publication(command, selector)] = b"".join(U32.encode(len(body)) + body for body in bodies)

    def get(self, command: Command, selector: int = 0) -> list[dict[str, Value]]:
        """What the command has published for the selector."""
        cursor = Cursor(self._store.get(_publication(command, selector), b""))
        published = []
        while cursor.remaining:
            body = Cursor(cursor.take(U32.decode(cursor), ""))
            published.append(command.body.decode(body))
        if not published:
            raise ComponentFailed
        return published


def _publication(command: Command, selector: int) -> str:
    return f"published/{command.name}/{selector:08x}"
