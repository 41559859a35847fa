"""What docs/coverage.md says of the reference data."""

from __future__ import annotations

from pathlib import Path

from tests import coverage_page


def test_the_page_tells_what_the_reference_data_exercise(reference: Path) -> None:
    assert coverage_page.PAGE.read_text() == coverage_page.page(coverage_page.exercised(reference)), (
        "stale: make coverage"
    )
