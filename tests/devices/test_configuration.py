"""Configuration files and their schema: one says what the other does."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from devices.__main__ import main
from devices.configuration import ConfigurationError, read
from devices.option_values import Timing
from devices.options import OPTIONS, schema_of
from devices.settings import Settings
from gbcs.eui64 import Eui64

_GUIDE = Path(__file__).parents[2] / "docs" / "emulators.md"
_EXAMPLES = re.findall(r"```toml\n# devices (esme|sapc|hub) .*?\n(.*?)```", _GUIDE.read_text(), re.DOTALL)


def _read(tmp_path: Path, text: str, device: str = "esme") -> dict[str, Any]:
    path = tmp_path / "device.toml"
    path.write_text(text)
    return read(str(path), OPTIONS[device], schema_of(device, OPTIONS[device]))


def _plain(text: str) -> Any:
    """A TOML text as JSON would have it."""
    import tomllib

    return json.loads(json.dumps(tomllib.loads(text), default=lambda moment: moment.isoformat()))


@pytest.fixture(params=OPTIONS)
def printed(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["schema", request.param]) == 0
    schema: dict[str, Any] = json.loads(capsys.readouterr().out)
    return schema


def test_the_printed_schema_is_one_and_describes_every_key(printed: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(printed)
    assert printed["additionalProperties"] is False
    assert {"eui", "keystore", "state", "clock"} <= printed["properties"].keys()
    assert all(each["description"] for each in printed["properties"].values())


def test_every_setting_is_there_with_its_default_and_its_reason() -> None:
    settings = schema_of("sapc", OPTIONS["sapc"])["properties"]["settings"]["properties"]
    assert settings.keys() == {field.name for field in fields(Settings)}
    assert all(len(each["description"]) > 20 and "default" in each for each in settings.values())
    assert settings["replay_scope"]["enum"] == ["message_code", "originator"]
    assert "of the same message code" in settings["replay_scope"]["description"]


@pytest.mark.parametrize(("device", "text"), _EXAMPLES, ids=lambda text: text[:4])
def test_the_examples_of_the_guide_are_by_the_schema(tmp_path: Path, device: str, text: str) -> None:
    jsonschema.validate(_plain(text), schema_of(device, OPTIONS[device]), jsonschema.Draft202012Validator)
    assert isinstance(_read(tmp_path, text, device)["eui"], Eui64)


def test_there_are_examples_of_both_meters() -> None:
    assert [device for device, _ in _EXAMPLES] == ["esme", "sapc"]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ('clock = "real"', "clock", Timing()),
        ('[clock]\nmode = "accelerated"\nspeed = 60', "clock", Timing(speed=60)),
        ('clock = "stepped"', "clock", Timing(stepped=True)),
        ('[clock]\nmode = "stepped"', "clock", Timing(stepped=True)),
        ("speed = 3", "speed", 3.0),
        ("load = 2000", "active_import", 2000),
        ('load-profile = "household:7"', "load_profile", [("household", {"seed": 7})]),
        ('[load-profile]\nprofile = "csv"\npath = "a.csv"', "load_profile", [("csv", {"path": "a.csv"})]),
        ('load-profile = ["solar", {profile = "constant", active_import = 9}]', "load_profile",
         [("solar", {}), ("constant", {"active_import": 9})]),
        ('[controllers]\n3 = "APC"', "controllers", ["none", "none", "APC"]),
        ('controllers = ["ALCS", "00-00-5E-EF-20-00-00-03"]', "controllers", ["ALCS", "00005eef20000003"]),
        ("[settings]\nkeypad_attempts = 3\nrefusal_alerts = false", "setting",
         ["keypad_attempts=3", "refusal_alerts=false"]),
        ('hub = "localhost:7"', "hub", ("localhost", 7)),
    ],
)  # fmt: skip
def test_what_a_key_says(tmp_path: Path, text: str, name: str, value: object) -> None:
    jsonschema.validate(_plain(text), schema_of("esme", OPTIONS["esme"]), jsonschema.Draft202012Validator)
    assert _read(tmp_path, text) == {name: value}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('varient = "twin"', "varient: no such key; did you mean variant?"),
        ('variant = "tween"', "variant: 'tween' is none of 'single', 'twin', 'polyphase'; did you mean twin?"),
        ("variant = 5", "variant: 5 where a string belongs"),
        ("load = true", "load: true where a whole number belongs"),
        ("load = -1", "load: -1 is below 0"),
        ("speed = 0", "speed: 0 is not above 0"),
        ("speed = 1e9", "speed: 1000000000.0 is above 1000000.0"),
        ('eui = "meter"', "eui: 'meter' is not an EUI-64"),
        ("clock = 5", "clock: 5 where a string or a table belongs"),
        ('[clock]\nmode = "steped"', "clock.mode: 'steped' is none of 'real', 'offset', 'accelerated', 'stepped'"),
        ("[clock]\nspeed = 5", "clock: mode is missing"),
        ('[clock]\nmode = ["real"]', "clock.mode: ['real'] is none of"),
        ('[clock]\nmode = "accelerated"', "clock: speed is missing"),
        ('[clock]\nmode = "real"\nspeed = 5', "clock.speed: no such key"),
        ('[load-profile]\nprofile = "household"\npeek = 4', "load-profile.peek: no such key; did you mean peak?"),
        ('[load-profile]\nprofile = "csv"', "load-profile: path is missing"),
        ('[[load-profile]]\nprofile = "solar"\nseed = "x"', "load-profile[0].seed: 'x' where a whole number belongs"),
        ('[controllers]\n6 = "APC"', "controllers.6: no such key"),
        ('controllers = ["APC", "HCALCS"]', "controllers[1]: 'HCALCS' is not none, ALCS, APC, or the EUI-64"),
        ('controllers = ["APC", "APC", "APC", "APC", "APC", "APC"]', "controllers: 6 entries, at most 5"),
        ('[settings]\nreplay_scope = "MESSAGE"', "settings.replay_scope: 'MESSAGE' is none of"),
        ("[settings]\nkeypad_atempts = 5", "settings.keypad_atempts: no such key; did you mean keypad_attempts?"),
        ("[settings]\nkeypad_attempts = -1", "settings.keypad_attempts: -1 is below 0"),
        ("settings = 7", "settings: 7 where a table belongs"),
        ('config = "other.toml"', "config: no such key"),
    ],
)
def test_what_means_nothing_is_told_with_its_path_and_refused_by_the_schema(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(f"device.toml: {told}")):
        _read(tmp_path, text)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_plain(text), schema_of("esme", OPTIONS["esme"]), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('clock = "noon"', "clock: "),
        ('clock = "9999-12-31T00:00:00Z"', "clock: "),
        ('load-profile = "household:many"', "load-profile: 'household:many'"),
        ("speed = nan", "speed: 'nan'"),
        ('hub = ":5"', "hub: "),
    ],
)
def test_what_a_schema_cannot_say_is_told_all_the_same(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(f"device.toml: {told}")):
        _read(tmp_path, text)


def test_the_command_line_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "esme.toml"
    path.write_text(f'eui = "00-00-5E-EF-20-00-00-02"\nkeystore = "{tmp_path}/none"\n')
    assert main(["esme", "--config", str(path), "--keystore", f"{tmp_path}/other"]) == 1
    assert f"{tmp_path}/other" in capsys.readouterr().err
