"""The reference data set: read from a folder the user names, never part of the repository."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from lxml import etree

_HERE = Path(__file__).parent
_REFERENCE = Path(os.environ.get("GBCS_REFERENCE", _HERE.parents[2] / "shared"))


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder that GBCS_REFERENCE names; its data lie below ``rtds``."""
    return _REFERENCE


@pytest.fixture(scope="session")
def schemas(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, etree.XMLSchema]:
    """The official DUIS and MMC schemas, where the reference folder has them."""
    source = reference / "schemas"
    if not source.is_dir():
        pytest.skip("no official schemas: none below schemas/ in the reference folder")
    folder = tmp_path_factory.mktemp("schemas")
    for path in source.iterdir():
        # libxml2 does not find a schemaLocation with blanks in it.
        if path.suffix == ".xsd":
            text = path.read_text(encoding="utf-8").replace("MMC Schema V5.4.xsd", "MMC_Schema_V5.4.xsd")
            (folder / path.name.replace(" ", "_")).write_text(text, encoding="utf-8")
        else:
            shutil.copy(path, folder)
    parser = etree.XMLParser(load_dtd=True, no_network=True)
    return {name: etree.XMLSchema(etree.parse(folder / f"{name}_Schema_V5.4.xsd", parser)) for name in ("DUIS", "MMC")}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the data the tests skip, which the report says once for each module."""
    is_there = (_REFERENCE / "rtds").is_dir()
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker("conformance")
            if not is_there:
                item.add_marker(pytest.mark.skip("no reference data: name a folder that holds rtds/ in GBCS_REFERENCE"))
