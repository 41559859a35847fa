"""GBCS versions: what each has, and what it says of what it does not have."""

from __future__ import annotations

import pytest

from gbcs import decode, usecases
from gbcs.cosem.types import INTEGER, NULL, Nullable
from gbcs.cursor import Cursor
from gbcs.errors import DecodeError, UseCaseError
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.versions import DEFAULT, GbcsVersion, profile, versions_of
from tests.gbcs.keys import METER, SUPPLIER

LABEL = "auxiliary_controller_1_description"


def test_every_use_case_is_in_the_versions_that_it_says() -> None:
    for version in GbcsVersion:
        for code in USE_CASES:
            assert (code in profile(version)) == (version in versions_of(code)), (version, code)
    assert len(profile("2.1")) < len(profile(DEFAULT)) < len(USE_CASES)


def test_the_default_has_the_apc_functions_beside_what_they_replace() -> None:
    assert usecases.profile() is profile(DEFAULT)
    assert {"ECS46c", "ECS46d", "ECS47", "ECS47a", "ECS47e", "CS02f", "ECS100"} <= set(profile(DEFAULT))
    assert "ECS46d" not in profile("2.1")
    assert "ECS46c" not in profile("4.0")


def test_a_use_case_that_the_version_lacks_is_told_with_those_that_have_it() -> None:
    with pytest.raises(UseCaseError, match=r"^GCS60a: not in GBCS 2\.1 November 2020; it is in 4\.2, 4\.3$"):
        profile()["GCS60a"]
    with pytest.raises(UseCaseError, match=r"^ECS46c: not in GBCS 4\.0; it is in 2\.1, 2\.1 November 2020, 3\.1$"):
        profile("4.0").ECS46c  # noqa: B018
    with pytest.raises(UseCaseError, match=r"^ECS08: not in GBCS 4\.3; it is in versions before 2\.1 only$"):
        profile("4.3")["ECS08"]
    with pytest.raises(AttributeError, match=r"^GCS60a: not in GBCS 2\.1"):
        usecases.GCS60a  # noqa: B018
    with pytest.raises(UseCaseError, match="ECS999: no use case has this code"):
        profile()["ECS999"]
    with pytest.raises(AttributeError, match="no use case has the code ECS999"):
        profile().ECS999  # noqa: B018
    with pytest.raises(UseCaseError, match=r"version: '5\.0' is none of 2\.1, .*4\.3"):
        profile("5.0")


@pytest.mark.parametrize(("version", "parameter"), [("3.1", "0f00"), ("4.0", "00")])
def test_the_hub_backs_up_its_logs_with_another_parameter(version: str, parameter: str) -> None:
    command = profile(version).CCS07.command(SUPPLIER, METER, 1)
    assert command.content.hex().endswith("02" + parameter * 2)
    (value,) = set(decode(command.encode()).payload.values())
    assert value == (0 if version == "3.1" else None)
    again = USE_CASES["CCS07"].command(
        SUPPLIER, METER, 1, device_log_backup_PAN=value, historic_device_log_backup_PAN=value
    )
    assert again == command


def test_labels_are_shorter_with_the_apc_functions() -> None:
    long = profile("3.1").ECS46a.command(SUPPLIER, METER, 1, **{LABEL: "x" * 127})
    assert decode(long.encode()).payload[LABEL] == "x" * 127
    with pytest.raises(UseCaseError, match=f"ECS46a: {LABEL}: .* is not 0 to 22 octets"):
        usecases.ECS46a.command(SUPPLIER, METER, 1, **{LABEL: "x" * 23})


def test_a_change_of_supplier_controls_something_since_version_4() -> None:
    told = {"proposed_provider_name": "Supplier", "proposed_provider_contact_details": "0", "issuer_event_id": 0}
    old, new = (profile(version).GCS44.command(SUPPLIER, METER, 1, **told) for version in ("3.1", "4.0"))
    controls = [
        decode(each.encode()).payload["publish_change_of_supplier"]["provider_change_control"] for each in (old, new)
    ]
    assert controls == [0, 0x1800]


def test_a_nullable_is_null_or_a_value() -> None:
    nullable = Nullable(INTEGER)
    for value, octets in ((None, NULL.encode(None)), (-5, INTEGER.encode(-5))):
        assert nullable.encode(value) == octets
        assert nullable.decode(Cursor(octets)) == value
        assert nullable.from_json(nullable.to_json(value)) == value
        assert nullable.bind(Cursor(nullable.describe(value)))(Cursor(nullable.encode_bare(value))) == value
    with pytest.raises(DecodeError, match="tag 12 where integer"):
        nullable.decode(Cursor(b"\x12\x00\x00"))
