"""Calendar cluster 0x0707: commands."""

from __future__ import annotations

from gbcs.gbz.clusters.shared import PART
from gbcs.gbz.model import Cluster, to_client, to_client_quietly, to_server
from gbcs.gbz.types import PUBLICATION_START, TIME, U8, U16, U32, Count, Date, Enumeration, Text, ZclType, repeated

_THIS = Cluster.CALENDAR
DELIVERED, FRIENDLY_CREDIT = 0x00, 0x03
_CALENDAR_TYPE = Enumeration({DELIVERED: "delivered", FRIENDLY_CREDIT: "friendly credit"})
_HEAD: dict[str, ZclType] = {"provider_id": U32, "issuer_event_id": TIME, "issuer_calendar_id": U32}

GET_DAY_PROFILES = to_server(
    _THIS,
    0x01,
    "GetDayProfiles",
    provider_id=U32,
    issuer_calendar_id=U32,
    start_day_id=U8,
    number_of_days=U8,
)
GET_WEEK_PROFILES = to_server(
    _THIS,
    0x02,
    "GetWeekProfiles",
    provider_id=U32,
    issuer_calendar_id=U32,
    start_week_id=U8,
    number_of_weeks=U8,
)
GET_SEASONS = to_server(_THIS, 0x03, "GetSeasons", provider_id=U32, issuer_calendar_id=U32)
GET_SPECIAL_DAYS = to_server(
    _THIS,
    0x04,
    "GetSpecialDays",
    start_time=TIME,
    number_of_events=U8,
    calendar_type=_CALENDAR_TYPE,
    provider_id=U32,
    issuer_calendar_id=U32,
)
PUBLISH_CALENDAR = to_client(
    _THIS,
    0x00,
    "PublishCalendar",
    **_HEAD,
    start_time=PUBLICATION_START,
    calendar_type=_CALENDAR_TYPE,
    calendar_time_reference=U8,
    calendar_name=Text(),
    number_of_seasons=U8,
    number_of_week_profiles=U8,
    number_of_day_profiles=U8,
)
PUBLISH_DAY_PROFILE = to_client_quietly(
    _THIS,
    0x01,
    "PublishDayProfile",
    **_HEAD,
    day_id=U8,
    number_of_schedule_entries=Count("schedule_entries"),
    **PART,
    calendar_type=_CALENDAR_TYPE,
    schedule_entries=repeated(start_minute=U16, tier_or_enable=U8),
)
PUBLISH_WEEK_PROFILE = to_client_quietly(
    _THIS,
    0x02,
    "PublishWeekProfile",
    **_HEAD,
    week_id=U8,
    monday=U8,
    tuesday=U8,
    wednesday=U8,
    thursday=U8,
    friday=U8,
    saturday=U8,
    sunday=U8,
)
PUBLISH_SEASONS = to_client_quietly(
    _THIS,
    0x03,
    "PublishSeasons",
    **_HEAD,
    **PART,
    seasons=repeated(start_date=Date(), week_id=U8),
)
PUBLISH_SPECIAL_DAYS = to_client_quietly(
    _THIS,
    0x04,
    "PublishSpecialDays",
    **_HEAD,
    start_time=PUBLICATION_START,
    calendar_type=_CALENDAR_TYPE,
    number_of_special_days=Count("special_days"),
    **PART,
    special_days=repeated(date=Date(), day_id=U8),
)
