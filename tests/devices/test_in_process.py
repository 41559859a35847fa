"""`devices.esme` and `devices.sapc`: a meter in a line, and its keys with it."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import devices
from devices.electricity.auxiliary import ALCS, APC
from devices.errors import DeviceError, StoreError
from devices.metering import Load
from devices.recorder import Record
from devices.settings import Settings
from gbcs.cosem import objects as o
from gbcs.decoding import decode
from gbcs.errors import DecodeError, MissingKeyError
from smki.keystore import Keystore
from tests.devices.rig import METER, NOW, STRANGER, command, items

_GUIDE = Path(__file__).parents[2] / "docs" / "devices.md"


def test_the_whole_programs_of_the_guide_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", _GUIDE.read_text(), re.DOTALL)
    programs = [each for each in examples if "import devices\n" in each]
    assert ["devices.esme(" in each for each in programs] == [True, False]
    for program in programs:
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr


def test_a_meter_of_no_arguments_brings_the_keys_that_commands_are_signed_with() -> None:
    with devices.esme() as meter:
        octets = command(meter.keystore, "ECS70", to=meter.eui, time_preset_adjusting_time={
            "validity_interval_start": meter.now - timedelta(seconds=9),
            "validity_interval_end": meter.now + timedelta(seconds=9),
        })  # fmt: skip
        (response,) = meter.receive(octets, meter.now)
        assert {result for _, result in items(decode(response, meter.keystore))} == {0}


def test_a_controller_of_no_arguments_has_one_apc() -> None:
    with devices.sapc() as controller:
        (response,) = controller.receive(command(controller.keystore, "ECS61e", to=controller.eui), controller.now)
        kinds = [value for value, _ in items(decode(response, controller.keystore))[:5]]
        assert kinds == [APC, b"", b"", b"", b""]


def test_keys_are_fresh_whatever_the_seed() -> None:
    with devices.esme(seed=1) as one, devices.esme(seed=1) as other:
        octets = command(one.keystore, "ECS52", to=one.eui)
        assert len(one.receive(octets, one.now)) == 1
        assert decode(other.receive(octets, other.now)[0], other.keystore).use_case is not None, "refused, and told of"


def test_arguments_may_be_the_words_of_the_command_line(keystore: Keystore, tmp_path: Path) -> None:
    keystore.save(tmp_path / "keys")
    with devices.esme(
        tmp_path / "keys", str(METER), now=NOW, state=tmp_path / "state.db", variant="twin", load="constant:900",
        supply="armed", controllers=["none", "APC", STRANGER.hex()], settings=["keypad_attempts=3"],
    ) as meter:  # fmt: skip
        meter.advance(NOW + timedelta(hours=1))
        assert meter.settings == Settings(keypad_attempts=3)
        assert meter.supply.state.name == "ARMED"
        meter.cosem.set(o.SUPPLIER_MESSAGE, "value", "kept")
        kinds = [meter.cosem.get(each, "value") for each in o.AUXILIARY_CONTROLLER_TYPE_AND_IDENTIFIER]
        assert kinds == [b"", APC, bytes(STRANGER), b"", b""]
    with devices.esme(keystore, METER, now=NOW, state=tmp_path / "state.db", variant="twin") as meter:
        assert meter.cosem.get(o.SUPPLIER_MESSAGE, "value") == "kept"
    with pytest.raises(StoreError, match="twin element ESME"):
        devices.esme(keystore, METER, now=NOW, state=tmp_path / "state.db")


def test_a_load_is_watts_or_a_profile_by_name(keystore: Keystore, tmp_path: Path) -> None:
    table = tmp_path / "load.csv"
    table.write_text(f"time,active_import\n{NOW.isoformat()},600\n")
    for load, read in ((1200, 1200), (Load(active_import=7), 7), (f"csv:{table}", 600)):
        with devices.esme(keystore, METER, now=NOW, load=load) as meter:
            meter.advance(NOW + timedelta(hours=1))
            (response,) = meter.receive(command(keystore, "ECS17b"), meter.now)
            assert items(decode(response, keystore))[0][0]["active_import_value"] == read


def test_a_seed_decides_the_load_and_the_randomised_offset(keystore: Keystore, tmp_path: Path) -> None:
    def drawn(seed: int | None, state: Path | None = None) -> tuple[int, list[int]]:
        with devices.esme(keystore, METER, now=NOW, load="household", seed=seed, state=state) as meter:
            meter.advance(NOW + timedelta(days=1))
            entries = meter.cosem.log(o.PROFILE_DATA_LOG_ACTIVE_IMPORT).read()
            number: int = meter.cosem.get(o.RANDOMISED_OFFSET_NUMBER, "value")
            return number, [entry["primary_value"] for entry in entries]

    assert drawn(1) == drawn(1)
    assert drawn(1)[0] != drawn(2)[0]
    assert drawn(1)[1] != drawn(2)[1]
    assert drawn(1, tmp_path / "state.db")[0] == drawn(2, tmp_path / "state.db")[0], "drawn once in a meter's life"


def test_neither_log_nor_record_tells_a_pin(keystore: Keystore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    pin, wrong, file = "739461443320", "402173155002", io.StringIO()
    with devices.esme(keystore, METER, now=NOW, settings=["pin_length=12"]) as meter:
        meter.observers.append(Record(file, lambda: meter.now))
        assert meter.keypad.set_pin(pin)
        assert not meter.keypad.unlock(wrong)
        assert meter.keypad.unlock(pin)
        meter.receive(command(keystore, "ECS14", disable_privacy_pin_protection=b""), meter.now)
        assert not meter.keypad.has_pin
    assert "ECS14" in caplog.text
    assert "ECS14" in file.getvalue()
    for secret in (pin, wrong):
        for form in (secret, secret.encode().hex()):
            assert form not in caplog.text + file.getvalue()


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"load": "solr:3"}, DeviceError, "'solr:3' is none of constant, household, solar, csv"),
        ({"load": "household:x"}, DeviceError, "seed of a household profile belongs behind the colon"),
        ({"load": "csv:/nowhere.csv"}, DeviceError, "/nowhere.csv"),
        ({"load": Load(second_active_import=1)}, DeviceError, "no second element"),
        ({"variant": "triple"}, DeviceError, "'triple' is none of single, twin, polyphase"),
        ({"supply": "off"}, DeviceError, "'off' is none of disabled, enabled, armed"),
        ({"controllers": [ALCS] * 6}, DeviceError, "6 controllers"),
        ({"controllers": ["HCALCS"]}, DecodeError, "HCALCS"),
        ({"settings": ["keypad_attempts=many"]}, DeviceError, "settings.keypad_attempts: 'many' where a whole number"),
        ({"now": datetime(2026, 1, 1)}, DeviceError, "no time zone"),
        ({"eui": "nobody"}, DecodeError, "nobody"),
        ({"eui": "0000000000000001"}, MissingKeyError, "0000000000000001 DS certificate"),
        ({"keystore": "/nowhere"}, OSError, "/nowhere"),
    ],
)
def test_what_means_nothing_is_told(
    keystore: Keystore, arguments: dict[str, object], error: type[Exception], told: str
) -> None:
    given = {"keystore": keystore, "eui": METER, "now": NOW} | arguments
    with pytest.raises(error, match=re.escape(told)):
        devices.esme(**given)  # type: ignore[arg-type]
