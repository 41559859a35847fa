"""GBCS versions: which use cases each has, and in which form.

Sources: the use case tables of GBCS 2.1, 3.1 and 4.0; for what no table tells, the order in which message codes were
allocated. The November 2020 release of the Smart Energy Code brought APC and SAPC functions to drafts numbered 2.1;
later numbering has them from 4.0 on. What 4.1 to 4.3 add is known in part, and of 4.3 nothing that a message shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache

from gbcs.cosem import objects as o
from gbcs.cosem.types import INTEGER, NULL, DataType, Value
from gbcs.errors import UseCaseError
from gbcs.gbz.clusters import device_management
from gbcs.gbz.component_list import ComponentList
from gbcs.gbz.exchange import send
from gbcs.usecases.access import action, put
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import PayloadForm, UseCase


class GbcsVersion(Enum):
    """A version of the GB Companion Specification, oldest first."""

    V2_1 = "2.1"
    NOVEMBER_2020 = "2.1 November 2020"
    V3_1 = "3.1"
    V4_0 = "4.0"
    V4_1 = "4.1"
    V4_2 = "4.2"
    V4_3 = "4.3"

    def __str__(self) -> str:
        return f"GBCS {self.value}"


#: The version that a rig builds for unless it says otherwise.
DEFAULT = GbcsVersion.NOVEMBER_2020
_ALL = tuple(GbcsVersion)
_BEFORE_4_0 = _ALL[: _ALL.index(GbcsVersion.V4_0)]
_SINCE_4_0, _SINCE_4_1, _SINCE_4_2 = (
    _ALL[_ALL.index(first) :] for first in (GbcsVersion.V4_0, GbcsVersion.V4_1, GbcsVersion.V4_2)
)
_WITH_APC = (GbcsVersion.NOVEMBER_2020, *_SINCE_4_0)

#: Versions to use cases that only those have. Every other use case is in all of them.
_ONLY_IN: dict[tuple[GbcsVersion, ...], str] = {
    # Replaced before 2.1, and alive in devices that run an older version.
    (): "CCS05CCS04 ECS08 ECS26d ECS26e ECS26i ECS30 GCS21d GCS21e",
    _BEFORE_4_0: "ECS35f ECS46c ECS47 ECS61a GCS24",
    _WITH_APC: "CS02f CS02g ECS35g ECS46d ECS47a ECS47e ECS61d ECS61e ECS100 ECS101 ECS102 ECS200 FDULCSCA",
    (GbcsVersion.V3_1, *_SINCE_4_0): "CCS07",
    _SINCE_4_0: "GCS24a",
    _SINCE_4_1: "CCS08 CS05c CS08 CS09",
    _SINCE_4_2: "GCS60a",
}
_VERSIONS = {code: versions for versions, codes in _ONLY_IN.items() for code in codes.split()}


def _backups(parameter: DataType, fixed: Value) -> AccessList:
    return AccessList(
        action(o.DEVICE_LOG, "backup_PAN", fixed, type=parameter),
        action(o.HISTORIC_DEVICE_LOG, "backup_PAN", fixed, type=parameter),
    )


def _change_of_supplier(control: int) -> ComponentList:
    return ComponentList(
        send(
            device_management.PUBLISH_CHANGE_OF_SUPPLIER,
            current_provider_id=0,
            tariff_type=0,
            proposed_provider_id=0,
            implementation_time=0,
            provider_change_control=control,
        )
    )


#: Use cases whose payload is not the same in all versions: the catalogue reads every form, a version builds its own.
_VARIANTS: dict[str, tuple[tuple[tuple[GbcsVersion, ...], PayloadForm], ...]] = {
    "CCS07": ((_BEFORE_4_0, _backups(INTEGER, 0)), (_SINCE_4_0, _backups(NULL, None))),
    "ECS46a": (
        (_WITH_APC, AccessList(*(put(each, "value", optional=True) for each in o.AUXILIARY_CONTROLLER_DESCRIPTION))),
    ),
    "GCS44": ((_BEFORE_4_0, _change_of_supplier(0)),),
}


def versions_of(code: str) -> tuple[GbcsVersion, ...]:
    """The versions that have the use case of that code, oldest first; none for those replaced before 2.1."""
    return _VERSIONS.get(code, _ALL)


@dataclass(frozen=True, slots=True)
class Profile:
    """What one version has: use cases by code, as ``profile["ECS17b"]`` or ``profile.ECS17b``."""

    version: GbcsVersion
    use_cases: Mapping[str, UseCase]

    def __getitem__(self, code: str) -> UseCase:
        """The use case of that code.

        Raises:
            UseCaseError: the version does not have it; says which versions do.
        """
        if code in self.use_cases:
            return self.use_cases[code]
        if code not in USE_CASES:
            raise UseCaseError(code, "", "no use case has this code")
        have = ", ".join(version.value for version in versions_of(code)) or "versions before 2.1 only"
        raise UseCaseError(code, "", f"not in {self.version}; it is in {have}")

    def __getattr__(self, name: str) -> UseCase:
        code = next((code for code in USE_CASES if code.replace("-", "_") == name), None)
        if code is None:
            raise AttributeError(f"no use case has the code {name}")
        return self[code]

    def __contains__(self, code: object) -> bool:
        return code in self.use_cases

    def __iter__(self) -> Iterator[str]:
        return iter(self.use_cases)

    def __len__(self) -> int:
        return len(self.use_cases)


@cache
def profile(version: GbcsVersion | str = DEFAULT) -> Profile:
    """The profile of a version, given as such or as text such as ``4.0``.

    Raises:
        UseCaseError: no such version.
    """
    try:
        known = GbcsVersion(version)
    except ValueError:
        wanted = ", ".join(each.value for each in GbcsVersion)
        raise UseCaseError("", "version", f"{version!r} is none of {wanted}") from None
    return Profile(known, {code: _as_in(known, USE_CASES[code]) for code in USE_CASES if known in versions_of(code)})


def _as_in(version: GbcsVersion, use_case: UseCase) -> UseCase:
    for versions, form in _VARIANTS.get(use_case.code, ()):
        if version in versions:
            return replace(use_case, payload=form)
    return use_case
