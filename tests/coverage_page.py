"""The page docs/coverage.md, made from the catalogue and from what a reference data set exercises.

`python -m tests.coverage_page` writes it, with the data set in the folder that GBCS_REFERENCE names.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gbcs.decoding import decode
from gbcs.json_form import from_json, to_json
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import UseCase
from gbcs.usecases.versions import GbcsVersion, versions_of

PAGE = Path(__file__).parent.parent / "docs" / "coverage.md"
_HEAD = """# Coverage

Every use case and alert form of the catalogue. *Payload* is how its messages are encoded; `-` where the catalogue has
no payload, for it never is a GBCS message. *Decoded* and *encoded* count the messages of the public reference data set
that were taken apart to the last octet, and built again from their fields to the same octets; 0 where that set has no
message of the use case. Made by `make coverage`.

{summary}

| use case | title | message codes | category | payload | devices | GBCS versions | decoded | encoded |
|---|---|---|---|---|---|---|---|---|
"""
_ROW = re.compile(r"\| (\S+) \|.*\| (\d+) \| (\d+) \|")


class Exercised(NamedTuple):
    """How many reference messages of a use case there were, and went through."""

    decoded: int = 0
    encoded: int = 0


def exercised(reference: Path) -> dict[str, Exercised]:
    """Use case to what the data set in `reference` exercises; messages that fail do not count."""
    decoded: Counter[str] = Counter()
    encoded: Counter[str] = Counter()
    for row in json.loads((reference / "rtds/index.json").read_text()):
        octets = bytes.fromhex((reference / "rtds" / row["path"]).read_text())
        result = decode(octets)
        if result.use_case is None or result.undecoded_octets:
            continue
        fields = json.loads(json.dumps(to_json(result)))
        del fields["octets"]
        decoded[result.use_case.code] += 1
        encoded[result.use_case.code] += from_json(fields) == octets
    return {code: Exercised(decoded[code], encoded[code]) for code in decoded}


def told(page: str) -> dict[str, Exercised]:
    """What a page says of the data set."""
    return {code: Exercised(int(one), int(other)) for code, one, other in _ROW.findall(page)}


def page(counts: Mapping[str, Exercised]) -> str:
    """The whole page."""
    seen = [counts.get(code, Exercised()) for code in USE_CASES]
    declared = sum(use_case.payload is not None for use_case in USE_CASES.values())
    present = sum(each.decoded > 0 for each in seen)
    messages = sum(each.decoded for each in seen)
    summary = (
        f"{len(USE_CASES)} use cases and alert forms, {declared} with a payload;"
        f" {present} are in the reference data set, {messages} messages."
    )
    rows = (_row(use_case, each) for use_case, each in zip(USE_CASES.values(), seen, strict=True))
    return _HEAD.format(summary=summary) + "".join(rows)


def _row(use_case: UseCase, seen: Exercised) -> str:
    cells = (
        use_case.code,
        use_case.title,
        _codes(use_case.message_codes),
        use_case.category.value,
        use_case.payload_kind if use_case.payload else "-",
        " ".join(sorted(use_case.devices)),
        _versions(versions_of(use_case.code)),
        *map(str, seen),
    )
    return f"| {' | '.join(cell or '-' for cell in cells)} |\n"


def _codes(codes: tuple[int, ...]) -> str:
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][-1] + 1:
            runs[-1].append(code)
        else:
            runs.append([code])
    return " ".join(f"{run[0]:04X}" if len(run) == 1 else f"{run[0]:04X}–{run[-1]:04X}" for run in runs)


def _versions(versions: tuple[GbcsVersion, ...]) -> str:
    if versions == tuple(GbcsVersion):
        return "all"
    return ", ".join(version.value for version in versions) or "before 2.1"


if __name__ == "__main__":
    PAGE.write_text(page(exercised(Path(os.environ["GBCS_REFERENCE"]))))
