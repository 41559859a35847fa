"""The hub's routing, without sockets."""

from __future__ import annotations

import logging

import pytest

from devices.errors import NotInDeviceLog
from devices.hub.chf import Chf
from devices.hub.routing import HELD_MESSAGES, OPEN_COMMANDS, Hub
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.device_type import DeviceType
from gbcs.message import Cra, Message
from smki.keystore import Keystore
from tests.devices.rig import BROKER, HUB, METER, NOW, STRANGER, SUPPLIER, command


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
        (Message(Cra.ALERT, 1, METER, SUPPLIER, 0x1000, b"").encode(), "no WAN connection"),
    ],
)
def test_a_device_speaks_for_itself_alone_and_needs_a_listener(
    hub: Hub[str], caplog: pytest.LogCaptureFixture, octets: bytes, line: str
) -> None:
    hub.detach("first")
    hub.detach("second")
    assert hub.from_han(METER, octets) == []
    assert [line in record.message for record in caplog.records] == [True]
