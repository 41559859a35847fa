"""docs/coverage.md says what the catalogue has. What it says of the reference data is checked beside those."""

from __future__ import annotations

from tests import coverage_page


def test_the_page_is_that_of_the_catalogue() -> None:
    found = coverage_page.PAGE.read_text()
    assert found == coverage_page.page(coverage_page.told(found)), "stale: make coverage"
