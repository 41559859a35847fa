"""The GBCS use-case catalogue and the engine that reads it.

Every use case of the default GBCS version is an attribute of this package by its code, with ``_`` for what no name may
have: ``usecases.ECS17b``, ``usecases.GCA_DLMS``. ``usecases.profile("4.0")`` has those of another version, and
`gbcs.usecases.catalogue` all that there are, whatever the version.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gbcs.errors import UseCaseError

if TYPE_CHECKING:
    from gbcs.usecases.model import UseCase
    from gbcs.usecases.versions import GbcsVersion, Profile


def profile(version: GbcsVersion | str | None = None) -> Profile:
    """What a GBCS version has: as `gbcs.usecases.versions.profile`, the default version if None."""
    versions: Any = import_module("gbcs.usecases.versions")
    made: Profile = versions.profile(versions.DEFAULT if version is None else version)
    return made


def __getattr__(name: str) -> UseCase:
    # Modules are asked for here as well, while they are being imported; their names are in lower case.
    if not name[:1].isupper():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        use_case: UseCase = getattr(profile(), name)
    except UseCaseError as error:
        raise AttributeError(str(error)) from None
    return use_case


def __dir__() -> list[str]:
    return sorted({*globals(), *(code.replace("-", "_") for code in profile())})
