"""What the library says that a use case expects, beside what it takes."""

from __future__ import annotations

import json

import pytest

from gbcs.errors import UseCaseError
from gbcs.message import Kind
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.expected import OPTIONAL, expected
from tests.gbcs.keys import METER, SUPPLIER
from tests.gbcs.test_command_line import gbcs

_KINDS = (Kind.COMMAND, Kind.RESPONSE, Kind.ALERT)


@pytest.mark.parametrize("code", [code for code, use_case in USE_CASES.items() if use_case.payload])
def test_every_declared_payload_is_told(code: str) -> None:
    told = {kind: expected(USE_CASES[code], kind) for kind in _KINDS}
    assert any(fields is not None for fields in told.values())
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize(
    "code", [code for code, use_case in USE_CASES.items() if use_case.payload and use_case.payload_kind == "dlms"]
)
def test_a_command_wants_the_fields_that_are_told(code: str) -> None:
    fields = expected(USE_CASES[code], Kind.COMMAND)
    if not fields or all(name.endswith(OPTIONAL) for name in fields):
        return
    first = next(name for name in fields if not name.endswith(OPTIONAL))
    with pytest.raises(UseCaseError, match=f"^{code}: {first}: missing"):
        USE_CASES[code].command(SUPPLIER, METER, 1)


def test_units_names_and_ranges_are_told() -> None:
    assert expected(USE_CASES["ECS17b"], Kind.RESPONSE) == {
        "import_register_collection": {
            "active_import_value": "0 to 4294967295 Wh",
            "reactive_import_value": "0 to 4294967295 varh",
            "second_active_import_value (optional)": "0 to 4294967295 Wh",
        }
    }
    assert expected(USE_CASES["CCS01"], Kind.COMMAND)["device_log_register_device"]["device_type"].startswith(
        "ESME, GSME, HCALCS"
    )
    assert expected(USE_CASES["GCS46"], Kind.COMMAND) == {}
    assert expected(USE_CASES["GCS46"], Kind.ALERT) is None
    assert expected(USE_CASES["PECS01"], Kind.COMMAND) is None
    assert expected(USE_CASES["MIIWA-ZigBee"], Kind.ALERT)["issue"].startswith("other, non-volatile memory")


def test_the_command_line_tells_fields_and_versions() -> None:
    shown = json.loads(gbcs("usecases", "--json", "--fields", "ECS38").stdout)
    assert shown["fields"]["command"] == {"randomised_offset_limit": "0 to 65535 s"}
    assert shown["versions"][0] == "2.1"
    assert "randomised_offset_limit: 0 to 65535 s" in gbcs("usecases", "--fields", "0x004b").stdout
    assert "GCS60a" in gbcs("usecases", "--gbcs", "4.2").stdout
    refused = gbcs("usecases", "--gbcs", "2.1", "GCS60a")
    assert refused.returncode == 2
    assert refused.stderr == "gbcs: GCS60a: not in GBCS 2.1; it is in 4.2, 4.3\n"
