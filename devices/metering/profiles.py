"""What profiles of load and voltage are made from: files, and chance that is the same by the same seed."""

from __future__ import annotations

import csv
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from devices.errors import DeviceError

Record = TypeVar("Record")


def read_csv(path: str | PathLike[str], record: type[Record]) -> tuple[list[datetime], list[Record]]:
    """What holds from given times on: a CSV file with a column ``time`` (ISO 8601 with zone, ascending).

    The other columns are fields of the record, a dataclass of whole numbers; those that are not there have defaults.

    Raises:
        DeviceError: the file cannot be read, or is not like that; says which line.
    """
    moments: list[datetime] = []
    records: list[Record] = []
    known = set(record.__dataclass_fields__)  # type: ignore[attr-defined]
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DeviceError(f"{path}: {error}") from error
    for number, row in enumerate(rows, 2):
        try:
            moment = datetime.fromisoformat(row.pop("time"))
            if moment.tzinfo is None or (moments and moment <= moments[-1]) or not set(row) <= known:
                raise ValueError(f"not ascending times with a zone, or a column beside {', '.join(sorted(known))}")
            values: dict[str, Any] = {name: int(text) for name, text in row.items()}
            if min(values.values(), default=0) < 0:
                raise ValueError("a number below 0")
            records.append(record(**values))
        except (KeyError, TypeError, ValueError) as error:
            raise DeviceError(f"{path}, line {number}: {error}") from error
        moments.append(moment)
    return moments, records


def chance(seed: int, number: int) -> float:
    """From 0 to 1: the same for the same seed and number, and another for others (SplitMix64)."""
    mixed = (seed * 0xD1342543DE82EF95 + number * 0x9E3779B97F4A7C15) & _64_BITS
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = ((mixed ^ mixed >> shift) * factor) & _64_BITS
    return (mixed ^ mixed >> 31) / 2**64


_64_BITS = 2**64 - 1
