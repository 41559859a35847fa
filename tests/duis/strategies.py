"""Hypothesis strategies: any values that the tables of `duis.schema` allow."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from duis.document import DccAlert, DeviceAlert, Request, Response
from duis.identifiers import MAX_COUNTER, RequestID
from duis.response_codes import ALERT_CODES, RESPONSE_CODES
from duis.schema import content
from duis.schema.model import Content, Element, Foreign, Group
from duis.schema.values import (
    ANY_YEAR,
    Boolean,
    CalendarDate,
    Date,
    DateTime,
    Enumeration,
    Eui,
    EuiList,
    Identifier,
    Integer,
    Number,
    Octets,
    SimpleType,
    String,
    Time,
)
from duis.services import SERVICES
from gbcs.eui64 import Eui64

_XML_TEXT = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
euis = st.binary(min_size=8, max_size=8).map(Eui64)
counters = st.integers(0, MAX_COUNTER)
identifiers = st.builds(RequestID, euis, euis, counters)
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))
_dates = st.dates(date(1, 1, 1)).map(lambda day: CalendarDate(day.year, day.month, day.day))


def _strings(kind: String) -> st.SearchStrategy[str]:
    if kind.pattern != String().pattern:
        longest = 60 if kind.maximum is None else kind.maximum
        return st.from_regex(kind.pattern, fullmatch=True).filter(lambda text: kind.minimum <= len(text) <= longest)
    return st.text(_XML_TEXT, min_size=kind.minimum, max_size=kind.maximum or 40)


_SIMPLE: dict[type[SimpleType], Any] = {
    Integer: lambda kind: st.integers(
        -(10**30) if kind.minimum is None else kind.minimum, 10**30 if kind.maximum is None else kind.maximum
    ),
    Number: lambda kind: st.decimals(kind.minimum, kind.maximum, places=kind.decimals).map(Decimal),
    Boolean: lambda _: st.booleans(),
    Enumeration: lambda kind: st.sampled_from(kind.words),
    String: _strings,
    Octets: lambda kind: (
        st.sampled_from(kind.words)
        if kind.words
        else st.binary(min_size=kind.minimum, max_size=min(kind.maximum or 40, kind.minimum + 40))
    ),
    DateTime: lambda _: moments,
    Date: lambda _: _dates | st.builds(CalendarDate, st.just(ANY_YEAR), st.integers(1, 12), st.integers(1, 28)),
    Time: lambda _: st.times(),
    Eui: lambda _: euis,
    EuiList: lambda _: st.lists(euis, min_size=1, max_size=3),
    Identifier: lambda _: identifiers,
}


def has_foreign(element: Element) -> bool:
    """Whether something in it is signed by others, of which there are no examples."""
    kind = element.type
    return isinstance(kind, Foreign) or (isinstance(kind, Content) and any(map(has_foreign, kind.elements.values())))


@st.composite
def of_content(draw: st.DrawFn, kind: Content) -> dict[str, Any]:
    values = {key: draw(_simple(own)) for key, own in kind.simple.items()}
    _fill(draw, kind.group, values)
    return values


def _fill(draw: st.DrawFn, group: Group, values: dict[str, Any]) -> None:
    if group.optional and not draw(st.booleans()):
        return
    particles = group.particles
    if group.choice:
        able = [part for part in particles if not (isinstance(part, Element) and has_foreign(part))]
        particles = (draw(st.sampled_from(able)),)
    for particle in particles:
        if isinstance(particle, Group):
            _fill(draw, particle, values)
            continue
        most = particle.minimum + 2 if particle.maximum is None else min(particle.maximum, particle.minimum + 2)
        # Long runs of optional elements are thinned out, for the sake of time.
        rarely = particle.minimum == 0 and len(group.particles) > 20
        count = 0 if rarely and draw(st.integers(0, 9)) else draw(st.integers(particle.minimum, most))
        found = [draw(of_type(particle.type)) for _ in range(count)]
        if found:
            values[particle.name] = found if particle.is_list else found[0]


def _simple(kind: SimpleType) -> st.SearchStrategy[Any]:
    return _SIMPLE[type(kind)](kind)


def of_type(kind: SimpleType | Content | Foreign) -> st.SearchStrategy[Any]:
    if isinstance(kind, Content):
        return of_content(kind)
    assert isinstance(kind, SimpleType)
    return _simple(kind)


versions = st.sampled_from(["4.0", "5.0", "5.1", "5.3", "5.4"])
_optional_identifiers = st.none() | identifiers


@st.composite
def requests(draw: st.DrawFn) -> Request:
    service = draw(st.sampled_from(list(SERVICES.values())))
    variant = draw(st.sampled_from(sorted(service.command_variants)))
    body = draw(of_type(service.form(variant).type))
    first = draw(st.sampled_from([None, True, False]))
    return Request(draw(identifiers), variant, service, body, draw(versions), first, draw(_optional_identifiers))


@st.composite
def responses(draw: st.DrawFn) -> Response:
    message = draw(of_content(content("ResponseMessage")))
    payload = {name: value for name, value in message.items() if not name.startswith("ServiceReference")}
    code, variant = draw(st.sampled_from(list(RESPONSE_CODES))), draw(st.sampled_from(list(SERVICES)))
    ids = draw(_optional_identifiers), draw(_optional_identifiers)
    return Response(code, draw(moments), variant, payload, *ids, draw(versions))


_throttling = st.none() | st.integers(0, 2**32 - 1)
device_alerts = st.builds(
    DeviceAlert,
    alert_code=st.binary(min_size=2, max_size=2),
    payload=st.binary(max_size=40),
    response_date_time=moments,
    response_id=_optional_identifiers,
    throttled_sequence=_throttling,
    throttled_count=_throttling,
)
dcc_alerts = st.builds(
    DccAlert,
    alert_code=st.sampled_from(ALERT_CODES),
    alert=of_content(content("DCCAlert")),
    response_date_time=moments,
    response_id=_optional_identifiers,
    throttled_count=_throttling,
)
documents = requests() | responses() | device_alerts | dcc_alerts
