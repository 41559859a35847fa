from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duis.errors import DocumentError
from duis.identifiers import RequestID
from tests.duis.conftest import ESME, USER
from tests.duis.strategies import counters, euis


@given(euis, euis, counters, st.sampled_from([str.lower, str.upper]), st.text(" \t\r\n", max_size=3))
def test_reads_what_it_writes_in_either_case_and_with_blanks_around(originator, target, counter, case, blanks):
    request_id = RequestID(originator, target, counter)
    assert RequestID.parse(blanks + case(str(request_id)) + blanks) == request_id


def test_form():
    assert str(RequestID(USER, ESME, 1000)) == "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000"


EUI = "00-DB-12-34-56-78-90-A0"


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{EUI}:{EUI}",
        f"{EUI}:{EUI}:",
        f"{EUI}:{EUI}:01",
        f"{EUI}:{EUI}:-1",
        f"{EUI}:{EUI}:+1",
        f"{EUI}:{EUI}:1.0",
        f"{EUI}:{EUI}:١",
        f"{EUI}:{EUI}:{2**64}",
        f"{EUI}:{EUI}:1:1",
        f"{EUI} :{EUI}:1",
        f"\u00a0{EUI}:{EUI}:1",
        f"{EUI.replace('-', '')}:{EUI}:1",
        f"{EUI.replace('-', ':')}:{EUI}:1",
        f"{EUI}:{EUI[:-1]}G:1",
    ],
)
def test_other_forms_are_refused(text):
    with pytest.raises(DocumentError) as caught:
        RequestID.parse(text, "Request/Header/RequestID")
    assert caught.value.path == "Request/Header/RequestID"


@pytest.mark.parametrize("counter", [-1, 2**64])
def test_the_counter_has_64_bits(counter):
    with pytest.raises(DocumentError, match="counter"):
        RequestID(USER, ESME, counter)
