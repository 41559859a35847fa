"""The official schemas, for the commands that validate against them where the user has them."""

from __future__ import annotations

import os
from pathlib import Path

from duis.xsd import SCHEMAS_VARIABLE, Schemas


def schemas_of(folder: str | None) -> Schemas | None:
    """The schemas in `folder`, or in the one that the environment names, or None."""
    named = folder or os.environ.get(SCHEMAS_VARIABLE)
    return Schemas(Path(named)) if named else None
