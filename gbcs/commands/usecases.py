"""`gbcs usecases`."""

from __future__ import annotations

import argparse
import json

from gbcs.commands.tree import branches, emphasised
from gbcs.errors import UseCaseError
from gbcs.message import Kind
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.expected import expected
from gbcs.usecases.model import UseCase
from gbcs.usecases.versions import Profile, profile, versions_of

_KINDS = (Kind.COMMAND, Kind.RESPONSE, Kind.ALERT)


def run(arguments: argparse.Namespace) -> int:
    version = None if arguments.gbcs is None else profile(arguments.gbcs)
    for use_case in _selected(arguments.codes, version):
        if arguments.json:
            print(json.dumps(_fields(use_case, arguments.fields)))
        elif arguments.fields:
            print("\n".join((emphasised(f"{use_case.code} · {use_case.title}"), *branches(_expected(use_case), ""))))
        else:
            print(_line(use_case))
    return 0


def _selected(codes: list[str], version: Profile | None) -> list[UseCase]:
    if not codes:
        return list((USE_CASES if version is None else version.use_cases).values())
    found = []
    for code in codes:
        matches = [
            u for u in USE_CASES.values() if code == u.code or code.lower() in map("0x{:04x}".format, u.message_codes)
        ]
        if not matches:
            raise UseCaseError(code, "", "neither a use case nor a message code such as 0x0059")
        found += matches if version is None else [version[use_case.code] for use_case in matches]
    return found


def _expected(use_case: UseCase) -> dict[str, object]:
    """Kind of message to its fields; a kind that the use case does not have is left out."""
    found = {kind.value: expected(use_case, kind) for kind in _KINDS}
    return {kind: fields for kind, fields in found.items() if fields is not None}


def _fields(use_case: UseCase, with_fields: bool) -> dict[str, object]:
    fields: dict[str, object] = {
        "use_case": use_case.code,
        "title": use_case.title,
        "message_codes": [f"0x{code:04x}" for code in use_case.message_codes],
        "category": use_case.category.value,
        "payload": use_case.payload_kind,
        "declared": use_case.payload is not None,
        "roles": sorted(role.label for role in use_case.roles),
        "devices": sorted(device.value for device in use_case.devices),
        "versions": [version.value for version in versions_of(use_case.code)],
        "replay_protected": use_case.replay_protected,
        "future_dateable": use_case.future_dateable,
    }
    return fields | {"fields": _expected(use_case)} if with_fields else fields


def _line(use_case: UseCase) -> str:
    codes = " ".join(f"{code:04x}" for code in use_case.message_codes[:2]) + (
        " …" if use_case.message_codes[2:] else ""
    )
    declared = "*" if use_case.payload else " "
    return f"{declared} {use_case.code:<12} {codes:<11} {use_case.category.value:<18} {use_case.title}"
