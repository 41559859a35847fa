"""The hub's routing, without sockets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest

from devices.errors import NotInDeviceLog
from devices.hub.chf import Chf
from devices.hub.routing import HELD_MESSAGES, OPEN_COMMANDS, Hub
from devices.hub.sessions import SESSIONS, SessionRefused
from devices.link.outbox import OutboxFull
from devices.link.reliable import Link
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.decoding import decode
from gbcs.device_type import DeviceType
from gbcs.message import Cra, Message
from smki.keystore import Keystore
from tests.devices.rig import BROKER, HUB, METER, NOW, STRANGER, SUPPLIER, codes, command


def chf(keystore: Keystore, store: Store | None = None) -> Chf:
    """A hub that METER may join."""
    chf = Chf(TrustAnchors.from_keystore(keystore, HUB, DeviceType.CHF), now=NOW, store=store)
    chf.han.whitelist(METER)
    return chf


@pytest.fixture
def hub(keystore: Keystore) -> Hub[str]:
    hub: Hub[str] = Hub(chf(keystore))
    hub.attach("first")
    hub.attach("second")
    return hub


def from_meter(cra: Cra, counter: int = 1) -> bytes:
    return Message(cra, counter, METER, SUPPLIER, 0x0059, b"\xda").encode()


def test_commands_go_to_the_device_that_has_associated(hub: Hub[str], keystore: Keystore) -> None:
    octets = command(keystore, "ECS52")
    assert hub.associate(METER, "han") == []
    assert hub.from_wan("first", octets, NOW) == [("han", octets)]


def test_a_response_goes_where_its_command_came_from(hub: Hub[str], keystore: Keystore) -> None:
    hub.associate(METER, "han")
    for counter, link in ((1, "first"), (2, "second")):
        hub.from_wan(link, command(keystore, "ECS52", counter), NOW)
    for counter, link in ((1, "first"), (2, "second")):
        response = from_meter(Cra.RESPONSE, counter)
        assert hub.from_han(METER, response) == [(link, response)]


def test_what_nobody_there_has_asked_for_goes_to_everyone(hub: Hub[str], keystore: Keystore) -> None:
    hub.associate(METER, "han")
    hub.from_wan("first", command(keystore, "ECS52"), NOW)
    for octets in (from_meter(Cra.ALERT), from_meter(Cra.RESPONSE, 99)):
        assert hub.from_han(METER, octets) == [("first", octets), ("second", octets)]
    hub.detach("first")
    response = from_meter(Cra.RESPONSE)
    assert hub.from_han(METER, response) == [("second", response)]


def test_only_so_many_commands_stay_open(hub: Hub[str], keystore: Keystore) -> None:
    hub.associate(METER, "han")
    hub.from_wan("first", command(keystore, "ECS52"), NOW)
    template = Message.decode(command(keystore, "ECS52"))
    for counter in range(2, OPEN_COMMANDS + 2):
        message = Message(Cra.COMMAND, counter, SUPPLIER, METER, template.message_code, template.content)
        hub.from_wan("first", message.encode(), NOW)
    assert len(hub.from_han(METER, from_meter(Cra.RESPONSE))) == 2
    assert len(hub.from_han(METER, from_meter(Cra.RESPONSE, 2))) == 1


def test_the_hub_answers_for_itself(hub: Hub[str], keystore: Keystore) -> None:
    ((link, octets),) = hub.from_wan("second", command(keystore, "ECS52", by=BROKER, to=HUB), NOW)
    assert link == "second"
    assert Message.decode(octets).originator == HUB
    refused = hub.from_wan("second", command(keystore, "ECS52", by=SUPPLIER, to=HUB), NOW)
    assert [link for link, _ in refused] == ["first", "second"], "an alert"


def test_a_device_that_is_not_in_the_device_log_is_refused(hub: Hub[str]) -> None:
    with pytest.raises(NotInDeviceLog, match=STRANGER.hex()):
        hub.associate(STRANGER, "han")
    assert hub.associated == {}


def test_messages_wait_for_the_device_in_order_and_within_bounds(
    hub: Hub[str], keystore: Keystore, caplog: pytest.LogCaptureFixture
) -> None:
    sent = [command(keystore, "ECS52", counter) for counter in range(HELD_MESSAGES + 1)]
    for octets in sent[:HELD_MESSAGES]:
        assert hub.from_wan("first", octets, NOW) == []
    alerts = hub.from_wan("first", sent[HELD_MESSAGES], NOW)
    assert [(link, Message.decode(octets).message_code) for link, octets in alerts] == [
        ("first", 0x00D5),
        ("second", 0x00D5),
    ]
    assert f"undeliverable, {HELD_MESSAGES} messages are held already" in caplog.text
    assert hub.associate(METER, "han") == [("han", octets) for octets in sent[:HELD_MESSAGES]]
    assert hub.associate(METER, "again") == []


def test_held_messages_outlive_the_hub(keystore: Keystore) -> None:
    store = Store()
    octets = command(keystore, "ECS52")
    hub, again = (Hub[str](chf(keystore, store)) for _ in range(2))
    hub.from_wan("first", octets, NOW)
    assert again.associate(METER, "han") == [("han", octets)]


def test_a_device_comes_back_over_another_connection(hub: Hub[str], keystore: Keystore) -> None:
    hub.associate(METER, "old")
    hub.associate(METER, "new")
    hub.dissociate(METER, "old")
    octets = command(keystore, "ECS52")
    assert hub.from_wan("first", octets, NOW) == [("new", octets)]
    hub.dissociate(METER, "new")
    assert hub.from_wan("first", octets, NOW) == []


@pytest.mark.parametrize(
    ("octets", "line"),
    [
        (b"\xdd\x00", "not a message"),
        (Message(Cra.COMMAND, 1, SUPPLIER, STRANGER, 0x59, b"").encode(), "undeliverable"),
    ],
)
def test_what_cannot_be_delivered_is_logged(
    hub: Hub[str], caplog: pytest.LogCaptureFixture, octets: bytes, line: str
) -> None:
    caplog.set_level(logging.WARNING)
    assert hub.from_wan("first", octets, NOW) == []
    assert [line in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize(
    ("octets", "line"),
    [
        (b"\xdd\x00", "not a message"),
        (Message(Cra.ALERT, 1, STRANGER, SUPPLIER, 0x1000, b"").encode(), "refused"),
    ],
)
def test_a_device_speaks_for_itself_alone(
    hub: Hub[str], caplog: pytest.LogCaptureFixture, octets: bytes, line: str
) -> None:
    assert hub.from_han(METER, octets) == []
    assert [line in record.message for record in caplog.records] == [True]


def test_what_nobody_is_there_for_waits_within_bounds(hub: Hub[str], caplog: pytest.LogCaptureFixture) -> None:
    hub.detach("first")
    hub.detach("second")
    alerts = [from_meter(Cra.ALERT, counter) for counter in range(HELD_MESSAGES + 1)]
    for octets in alerts:
        assert hub.from_han(METER, octets) == []
    assert "no WAN connection" in caplog.text
    assert hub.attach("third") == [("third", octets) for octets in alerts[:HELD_MESSAGES]]
    assert hub.attach("fourth") == []


def pump(link: Link, other: Link, take: Callable[[bytes], bool]) -> None:
    """Carries frames between two ends until there are none."""
    now, busy = 0.0, True
    while busy:
        busy = False
        for end, far in ((link, other), (other, link)):
            for frame in end.frames(now):
                far.receive(frame, take)
                busy = True


class Client:
    """A client that confirms, over a connection that does as it should."""

    def __init__(self, hub: Hub[str], name: bytes = b"client-1") -> None:
        self.taken: list[bytes] = []
        self._hub = hub
        self._name = name
        self.link = Link(Store(), "client")

    def meet(self) -> None:
        """Connects, takes all there is, and is gone again."""
        far = self._hub.open_session(self._name)
        far.connect()
        self.link.connect(self._name)
        pump(self.link, far, self._take)
        self.link.disconnect()
        far.disconnect()

    def _take(self, octets: bytes) -> bool:
        if Message.decode(octets).originator == METER:
            self.taken.append(octets)
        else:
            self._hub.from_wan(self._hub.open_session(self._name), octets, NOW)
        return True


def test_a_client_that_confirms_gets_its_responses_whenever_it_comes(keystore: Keystore) -> None:
    disk = Store()
    hub: Hub[str] = Hub(chf(keystore, disk))
    hub.attach("plain")
    client, other = Client(hub), Client(hub, b"client-2")
    client.link.send(command(keystore, "ECS52", 7))
    client.meet()
    other.meet()
    assert hub.associate(METER, "han") == [("han", command(keystore, "ECS52", 7))]
    response, alert = from_meter(Cra.RESPONSE, 7), from_meter(Cra.ALERT, 8)
    hub.commit()
    # The hub is another one from here on: who has asked is in its state.
    hub = Hub(chf(keystore, disk))
    hub.attach("plain")
    client._hub = other._hub = hub
    assert hub.from_han(METER, response) == []
    assert hub.from_han(METER, alert) == [("plain", alert)]
    client.meet()
    other.meet()
    assert client.taken == [response, alert]
    assert other.taken == [alert]


def test_what_was_held_without_a_wan_goes_to_a_client_that_confirms(hub: Hub[str]) -> None:
    hub.detach("first")
    hub.detach("second")
    alert = from_meter(Cra.ALERT)
    hub.from_han(METER, alert)
    client = Client(hub)
    client.meet()
    client.meet()
    assert client.taken == [alert]


def test_clients_are_bounded_and_those_that_wait_for_nothing_make_room(hub: Hub[str]) -> None:
    for number in range(SESSIONS):
        hub.open_session(number.to_bytes(8, "big"))
    hub.open_session(b"one more")
    assert hub.sessions.find(bytes(8)) is None
    hub.from_han(METER, from_meter(Cra.ALERT))
    with pytest.raises(SessionRefused, match="64 clients are known"):
        hub.open_session(b"too many")
    with pytest.raises(SessionRefused, match="8 octets, not 3"):
        hub.open_session(b"odd")


def test_a_hub_that_is_flooded_takes_no_more_than_its_devices_do(hub: Hub[str], keystore: Keystore) -> None:
    hub.link_to(METER).connect()
    for counter in range(HELD_MESSAGES):
        hub.from_wan("first", command(keystore, "ECS52", counter), NOW)
    with pytest.raises(OutboxFull):
        hub.from_wan("first", command(keystore, "ECS52", HELD_MESSAGES), NOW)


def test_a_client_that_does_not_take_its_responses_gets_no_more(hub: Hub[str], keystore: Keystore) -> None:
    hub.associate(METER, "han")
    session = hub.open_session(b"client-1")
    session.connect()
    for counter in range(HELD_MESSAGES):
        hub.from_wan("first", command(keystore, "ECS52", counter), NOW)
        hub.from_han(METER, from_meter(Cra.ALERT, counter))
    with pytest.raises(OutboxFull, match="does not take its messages"):
        hub.from_han(METER, from_meter(Cra.ALERT, HELD_MESSAGES))
    with pytest.raises(OutboxFull, match="does not take its responses"):
        hub.from_wan(session, command(keystore, "ECS52"), NOW)
    session.disconnect()
    assert len(hub.from_han(METER, from_meter(Cra.ALERT, HELD_MESSAGES))) == 2, "one that is gone holds nobody up"


def test_a_command_that_its_device_does_not_take_in_time_is_given_up(keystore: Keystore) -> None:
    hub: Hub[str] = Hub(chf(keystore))
    hub.attach("wan")
    hub.from_wan("wan", command(keystore, "ECS52"), NOW)
    hub.link_to(METER).connect()
    assert hub.advance(NOW + hub.delivery_time - timedelta(seconds=1)) == []
    ((_, octets),) = hub.advance(NOW + hub.delivery_time + timedelta(seconds=1))
    assert codes([decode(octets, keystore)]) == ["FTDRPM"]
    assert hub.associate(METER, "han") == []


def test_what_a_gas_meter_does_not_fetch_is_logged_as_such(keystore: Keystore) -> None:
    function = chf(keystore)
    function.han.whitelist(STRANGER, device_type=1)
    hub: Hub[str] = Hub(function)
    hub.attach("wan")
    assert hub.from_wan("wan", command(keystore, "ECS52", to=STRANGER), NOW) == []
    hub.advance(NOW + hub.delivery_time + timedelta(seconds=1))
    assert [entry.code for entry in function.event_log][-2:] == [0x819D, 0x8F84]
