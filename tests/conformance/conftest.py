"""The reference data set: read from a folder the user names, never part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder that GBCS_REFERENCE names; its data lie below ``rtds``."""
    folder = Path(os.environ.get("GBCS_REFERENCE", _DEFAULT))
    if not (folder / "rtds").is_dir():
        pytest.skip("no reference data: name a folder that holds rtds/ in GBCS_REFERENCE")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("conformance")
