"""Files of what changes at given times: CSV with a column ``time`` and one for each field of a record."""

from __future__ import annotations

import csv
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from devices.errors import DeviceError

Record = TypeVar("Record")


def read_csv(path: str | PathLike[str], record: type[Record]) -> tuple[list[datetime], list[Record]]:
    """Times (ISO 8601 with zone, ascending) and what holds from each of them on: a dataclass of whole numbers.

    Raises:
        DeviceError: the file is not like that; says which line.
    """
    moments: list[datetime] = []
    records: list[Record] = []
    known = set(record.__dataclass_fields__)  # type: ignore[attr-defined]
    with Path(path).open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                moment = datetime.fromisoformat(row.pop("time"))
                if moment.tzinfo is None or (moments and moment <= moments[-1]) or not set(row) <= known:
                    raise ValueError(f"not ascending times with a zone, or a column beside {', '.join(sorted(known))}")
                values: dict[str, Any] = {name: int(text) for name, text in row.items()}
                records.append(record(**values))
            except (KeyError, TypeError, ValueError) as error:
                raise DeviceError(f"{path}, line {number}: {error}") from error
            moments.append(moment)
    return moments, records
