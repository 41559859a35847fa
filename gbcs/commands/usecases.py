"""`gbcs usecases`."""

from __future__ import annotations

import argparse
import json

from gbcs.errors import UseCaseError
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import UseCase


def run(arguments: argparse.Namespace) -> int:
    for use_case in _selected(arguments.codes):
        print(json.dumps(_fields(use_case)) if arguments.json else _line(use_case))
    return 0


def _selected(codes: list[str]) -> list[UseCase]:
    found = []
    for code in codes:
        matches = [
            u for u in USE_CASES.values() if code == u.code or code.lower() in map("0x{:04x}".format, u.message_codes)
        ]
        if not matches:
            raise UseCaseError(code, "", "neither a use case nor a message code such as 0x0059")
        found += matches
    return found if codes else list(USE_CASES.values())


def _fields(use_case: UseCase) -> dict[str, object]:
    return {
        "use_case": use_case.code,
        "title": use_case.title,
        "message_codes": [f"0x{code:04x}" for code in use_case.message_codes],
        "category": use_case.category.value,
        "payload": use_case.payload_kind,
        "declared": use_case.payload is not None,
        "roles": sorted(role.label for role in use_case.roles),
        "devices": sorted(device.value for device in use_case.devices),
        "replay_protected": use_case.replay_protected,
        "future_dateable": use_case.future_dateable,
    }


def _line(use_case: UseCase) -> str:
    codes = " ".join(f"{code:04x}" for code in use_case.message_codes[:2]) + (
        " …" if use_case.message_codes[2:] else ""
    )
    declared = "*" if use_case.payload else " "
    return f"{declared} {use_case.code:<12} {codes:<11} {use_case.category.value:<18} {use_case.title}"
