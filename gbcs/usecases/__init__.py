"""The GBCS use-case catalogue and the engine that reads it.

Every use case is an attribute of this package by its code, with ``_`` for what no name may have:
``usecases.ECS17b``, ``usecases.GCA_DLMS``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gbcs.usecases.model import UseCase


def _by_attribute() -> dict[str, UseCase]:
    # Only now: whoever imports a module of this package need not load the catalogue.
    catalogue = import_module("gbcs.usecases.catalogue").USE_CASES
    return {code.replace("-", "_"): use_case for code, use_case in catalogue.items()}


def __getattr__(name: str) -> UseCase:
    # Modules are asked for here as well, while they are being imported; their names are in lower case.
    use_case = _by_attribute().get(name) if name[:1].isupper() else None
    if use_case is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}, and no use case has that code")
    return use_case


def __dir__() -> list[str]:
    return sorted({*globals(), *_by_attribute()})
