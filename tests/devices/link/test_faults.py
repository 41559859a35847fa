"""What a faulty line does to frames."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from devices.configuration import read
from devices.link.faults import NONE, Delay, FaultError, Faults, Line, Rates, parse
from devices.options import OPTIONS, schema_of

FRAMES = [bytes((number, 255 - number, 0)) for number in range(200)]


def through(rates: Rates, seed: int = 1) -> tuple[list[bytes], Faults, list[str]]:
    """What comes out in the end, the faults, and whether the line was cut."""
    faults, cuts = Faults(rates, Random(seed)), list[str]()
    line = Line(faults, lambda: cuts.append("cut"))
    out = []
    for number, frame in enumerate(FRAMES):
        line.put(frame, number / 1000)
        out += line.take(number / 1000)
    while (due := line.due()) is not None:
        out += line.take(due)
    return out, faults, cuts


def test_without_faults_everything_passes_at_once() -> None:
    line = Line(Faults(), lambda: None)
    line.put(b"frame", 1.0)
    assert line.take(1.0) == [b"frame"]
    assert line.due() is None


@pytest.mark.parametrize("name", ["loss", "duplication", "corruption", "reordering"])
def test_a_rate_is_how_often_it_happens(name: str) -> None:
    out, faults, _ = through(Rates(**{name: 0.2}))
    count = faults.counts[name]
    assert 20 < count < 60
    if name == "loss":
        assert out == [frame for frame in FRAMES if frame in out]
        assert len(out) == len(FRAMES) - count
    elif name == "duplication":
        assert len(out) == len(FRAMES) + count
        assert sorted(set(out)) == FRAMES
    elif name == "corruption":
        assert len(out) == len(FRAMES)
        assert sum(frame != whole for frame, whole in zip(out, FRAMES, strict=True)) == count
    else:
        assert sorted(out) == FRAMES
        assert out != FRAMES


def test_delays_keep_the_order() -> None:
    out, _, _ = through(Rates(delay=Delay(0.01, 0.02)))
    assert out == FRAMES


def test_a_broken_connection_takes_the_frame_with_it() -> None:
    out, faults, cuts = through(Rates(disconnection=0.05))
    assert len(cuts) == faults.counts["disconnection"] > 0
    assert len(out) == len(FRAMES) - len(cuts)


def test_a_seed_repeats_everything() -> None:
    rates = Rates(0.1, 0.1, 0.1, 0.1, 0.0, Delay(0.001, 0.01))
    assert through(rates, 7)[0] == through(rates, 7)[0] != through(rates, 8)[0]


def test_rates_change_while_it_runs() -> None:
    faults = Faults(NONE, Random(1))
    line = Line(faults, lambda: None)
    faults.rates = parse(["loss=1"])
    line.put(b"frame", 0.0)
    assert line.take(1e9) == []


def test_rates_as_text() -> None:
    assert parse(["loss=0.01", "delay=0.1+0.05"], Rates(corruption=0.5)) == Rates(
        loss=0.01, corruption=0.5, delay=Delay(0.1, 0.05)
    )
    assert parse(["delay=2"]).delay == Delay(2)


def test_a_file_has_rates_as_a_table(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text('[fault]\nloss = 0.01\ndelay = "0.1+0.2"\n')
    given = read(str(path), OPTIONS["hub"], schema_of("hub", OPTIONS["hub"]))
    assert parse(given["fault"]) == Rates(loss=0.01, delay=Delay(0.1, 0.2))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mood=1", "mood: no such fault; there is loss, "),
        ("loss", "loss: '' is no value"),
        ("loss=0.1+0.1", "loss: '0.1\\+0.1' is no value"),
        ("loss=2", "loss: 2.0 is not within 0 to 1"),
        ("loss=nan", "loss: nan is not within"),
        ("delay=-1", "delay: -1.0\\+0.0 is not within"),
    ],
)
def test_a_fault_that_there_is_not_is_told(text: str, told: str) -> None:
    with pytest.raises(FaultError, match=told):
        parse([text])
