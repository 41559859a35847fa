"""Every fuzz target for a short while: valid octets, and valid octets changed in a few places."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbcs.usecases.catalogue import USE_CASES
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, Target


def test_fuzzing_starts_from_every_payload_there_is() -> None:
    assert {seed.use_case.code for seed in seeds()} == {
        code for code, use_case in USE_CASES.items() if use_case.payload
    }


@st.composite
def changed(draw: st.DrawFn, valid: list[bytes]) -> bytes:
    """One of the valid inputs, with octets flipped, inserted, left out, cut off or taken from another."""
    octets = bytearray(draw(st.sampled_from(valid)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(octets)))
        match draw(st.sampled_from(["flip", "insert", "delete", "cut", "splice"])):
            case "flip" if at < len(octets):
                octets[at] ^= draw(st.integers(1, 255))
            case "insert":
                octets[at:at] = draw(st.binary(min_size=1, max_size=8))
            case "delete":
                del octets[at : at + draw(st.integers(1, 8))]
            case "cut":
                del octets[at:]
            case "splice":
                other = draw(st.sampled_from(valid))
                octets[at:] = other[draw(st.integers(0, len(other))) :]
    return bytes(octets)


@pytest.fixture(scope="module", params=TARGETS)
def target(request: pytest.FixtureRequest) -> Target:
    found = TARGETS[request.param]
    found.seeds()  # made by hypothesis, which does so before a test but not within
    return found


def test_valid_octets_pass(target: Target) -> None:
    for octets in target.seeds():
        target.run(octets)


@settings(max_examples=200)
@given(data=st.data())
def test_any_octets_are_a_value_or_refused(target: Target, data: st.DataObject) -> None:
    target.run(data.draw(changed(target.seeds()) | st.binary(max_size=300)))
