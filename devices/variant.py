"""Variants of the ESME, and which use cases only some of them have (GBCS use case tables: titles and table notes)."""

from __future__ import annotations

from enum import StrEnum

from gbcs.device_type import DeviceType
from gbcs.usecases.model import UseCase


class Variant(StrEnum):
    """ESME variant. The SAPC is in none; where a variant is asked for, `SINGLE` stands for it."""

    SINGLE = "single"
    TWIN = "twin"
    POLYPHASE = "polyphase"

    @property
    def letter(self) -> bytes:
        """What the meter variant object holds (use case ECS26m)."""
        return {Variant.SINGLE: b"A", Variant.TWIN: b"B", Variant.POLYPHASE: b"C"}[self]


_ONE_PHASE = frozenset({Variant.SINGLE, Variant.TWIN})
_ONLY = {
    **dict.fromkeys(("ECS01c", "ECS01d", "ECS24b"), frozenset({Variant.TWIN})),
    **dict.fromkeys(("ECS23", "ECS26b", "ECS29a", "ECS29c", "ECS29e"), _ONE_PHASE),
    **dict.fromkeys(("ECS23b", "ECS26k", "ECS29b", "ECS29d", "ECS29f"), frozenset({Variant.POLYPHASE})),
}


#: Use cases whose tables name other devices only. Common to all metering devices by GBCS 13; Type 2 devices join an
#: ESME as they join a GPF; the firmware of a hub is activated as that of a meter.
_ALSO = {
    DeviceType.SAPC: frozenset(["CS02b", "CS02c", "CS02d", "CS02e", "CS06", "CS07", "ECS26m"]),
    DeviceType.ESME: frozenset({"CS03B", "CS04B"}),
    DeviceType.CHF: frozenset({"CS06"}),
}


def has(use_case: UseCase, device_type: DeviceType) -> bool:
    """Whether devices of that type have the use case, be it in some variants only."""
    return device_type in use_case.devices or use_case.code in _ALSO.get(device_type, ())


def is_for(use_case: UseCase, device_type: DeviceType, variant: Variant) -> bool:
    """Whether a device of that type and variant has the use case."""
    only = _ONLY.get(use_case.code)
    return has(use_case, device_type) and (only is None or variant in only)
