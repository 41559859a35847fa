"""Both sides of joining a hub and of coming back, octets in and octets out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import pytest

from devices.errors import AssociationRefused, JoiningClosed, NotInDeviceLog, WrongCredentials
from devices.han.association import Authenticator, Credential, Kind, Supplicant
from devices.han.install_code import InstallCode, aes_mmo, default_install_code
from devices.store import Store
from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from tests.devices.rig import METER, NOW, STRANGER

CODE = default_install_code(METER)


class Admissions:
    """A hub's memory: what METER is known by, and what has happened."""

    def __init__(self, *credentials: Credential) -> None:
        self.held = list(credentials) or [Credential(Kind.INSTALL_CODE, CODE.key)]
        self.events: list[str] = []

    def credentials(self, device: Eui64, now: datetime) -> Sequence[Credential]:
        assert now == NOW
        if device != METER:
            raise NotInDeviceLog(f"{device.hex()} is not in the device log")
        if not self.held:
            raise JoiningClosed(f"joining is not open for {device.hex()}")
        return tuple(self.held)

    def hand_over(self, device: Eui64, key: bytes) -> None:
        assert device == METER
        self.held = [Credential(Kind.LINK_KEY, key), *(each for each in self.held if each.kind.is_replaced)]
        self.events.append("handed over")

    def admit(self, device: Eui64, key: bytes, now: datetime) -> None:
        assert (device, now) == (METER, NOW)
        self.held = [Credential(Kind.LINK_KEY, key)]
        self.events.append("admitted")

    def refuse(self, device: Eui64, error: AssociationRefused, now: datetime) -> None:
        assert now == NOW
        self.events.append(f"{device.hex()} {type(error).__name__}")


class Meter(Supplicant):
    """METER, as often as it is switched on: what it has kept is in its store."""

    def __init__(self, store: Store | None = None, code: InstallCode = CODE, eui: Eui64 = METER) -> None:
        self.store = Store() if store is None else store
        super().__init__(eui, self.store, code)


def bodies(supplicant: Supplicant, hub: Authenticator) -> Iterator[str]:
    """Carries bodies to and fro, and says whose turn it was, until the device is admitted."""
    body: bytes | None = supplicant.begin()
    while body is not None:
        yield "device"
        answer = hub.proceed(body, NOW)
        yield "hub"
        body = supplicant.proceed(answer)


def associate(supplicant: Supplicant, admissions: Admissions) -> Authenticator:
    hub = Authenticator(admissions)
    list(bodies(supplicant, hub))
    return hub


def test_a_new_device_joins_with_its_install_code_and_comes_back_by_its_link_key() -> None:
    admissions, meter = Admissions(), Meter()
    hub = associate(meter, admissions)
    assert hub.device == METER
    assert meter.link_key
    assert admissions.held == [Credential(Kind.LINK_KEY, meter.link_key)]
    assert admissions.events == ["handed over", "admitted"]
    link_key = meter.link_key
    again = Meter(meter.store)
    assert associate(again, admissions).device == METER
    assert again.link_key == link_key
    assert admissions.events == ["handed over", "admitted", "admitted"]


def test_every_join_has_a_link_key_of_its_own() -> None:
    meters = [Meter(), Meter()]
    for meter in meters:
        associate(meter, Admissions())
    assert meters[0].link_key != meters[1].link_key


@pytest.mark.parametrize(
    ("meter", "admissions", "refusal"),
    [
        (Meter(eui=STRANGER), Admissions(), NotInDeviceLog),
        (Meter(code=default_install_code(STRANGER)), Admissions(), WrongCredentials),
        (Meter(), Admissions(Credential(Kind.LINK_KEY, bytes(16))), WrongCredentials),
    ],
    ids=["not in the device log", "wrong install code", "wrong link key"],
)
def test_the_hub_refuses_and_says_why(meter: Meter, admissions: Admissions, refusal: type[AssociationRefused]) -> None:
    held = list(admissions.held)
    hub = Authenticator(admissions)
    with pytest.raises(refusal, match="is refused"):
        list(bodies(meter, hub))
    assert hub.device is None
    assert hub.refusal
    assert admissions.events[0].endswith(refusal.__name__)
    assert admissions.held == held
    assert meter.link_key is None


def test_nobody_joins_while_joining_is_closed() -> None:
    admissions = Admissions()
    admissions.held.clear()
    with pytest.raises(JoiningClosed, match="joining is not open"):
        associate(Meter(), admissions)
    assert admissions.events == [f"{METER.hex()} JoiningClosed"]


def test_a_wrong_link_key_is_refused_whatever_the_install_code() -> None:
    admissions, meter = Admissions(), Meter()
    associate(meter, admissions)
    meter.store["han/link key"] = bytes(16)
    with pytest.raises(WrongCredentials):
        associate(Meter(meter.store), admissions)


@pytest.mark.parametrize("at", range(1, 8))
@pytest.mark.parametrize("ends", ["device", "hub", "both"])
def test_whoever_is_killed_at_whatever_moment_they_find_each_other_again(at: int, ends: str) -> None:
    admissions, meter = Admissions(), Meter()
    hub = Authenticator(admissions)
    assert len(list(itertools.islice(bodies(meter, hub), at))) == min(at, 6)
    # A killed device has its store alone; a killed hub what the admission was told.
    survivor = meter if ends == "hub" else Meter(Store() if at < 2 else meter.store)
    assert associate(survivor, admissions).device == METER
    assert admissions.held == [Credential(Kind.LINK_KEY, survivor.link_key or b"")]


@pytest.mark.parametrize("at", range(1, 7))
def test_a_join_that_was_cut_off_leaves_the_device_known_to_its_former_hub(at: int) -> None:
    former, meter = Admissions(), Meter()
    associate(meter, former)
    list(itertools.islice(bodies(meter, Authenticator(Admissions())), at))
    assert associate(Meter(meter.store), former).device == METER


def test_a_hub_restored_from_a_backup_knows_the_hash_and_hands_over_a_new_key() -> None:
    former, meter = Admissions(), Meter()
    associate(meter, former)
    assert meter.link_key
    old = meter.link_key
    restored = Admissions(Credential(Kind.HASHED_LINK_KEY, aes_mmo(old)))
    assert associate(meter, restored).device == METER
    assert restored.events == ["handed over", "admitted"]
    assert meter.link_key != old
    with pytest.raises(WrongCredentials):
        associate(meter, former)


def flip(body: bytes, position: int) -> bytes:
    return body[:position] + bytes((body[position] ^ 1,)) + body[position + 1 :]


def unproved(body: bytes) -> bytes:
    """The hub's proof, wrong."""
    return flip(body, 2)


def badly_sealed(body: bytes) -> bytes:
    """The new key, damaged."""
    return flip(body, len(body) - 1)


@pytest.mark.parametrize("damage", [unproved, badly_sealed])
def test_the_device_refuses_a_hub_that_proves_nothing(damage: Callable[[bytes], bytes]) -> None:
    meter, hub = Meter(), Authenticator(Admissions())
    challenge = hub.proceed(meter.begin(), NOW)
    proofs = meter.proceed(challenge)
    assert proofs
    with pytest.raises(WrongCredentials, match="hub"):
        meter.proceed(damage(hub.proceed(proofs, NOW)))
    assert meter.link_key is None


def test_the_device_refuses_a_welcome_without_a_link_key() -> None:
    # A hub that knows the install code alone has to hand over a key.
    meter = Meter()
    hub = Authenticator(Admissions(Credential(Kind.LINK_KEY, CODE.key)))
    with pytest.raises(WrongCredentials, match="no link key"):
        list(bodies(meter, hub))


def test_what_was_recorded_cannot_be_played_again() -> None:
    admissions, meter = Admissions(), Meter()
    associate(meter, admissions)
    hub = Authenticator(admissions)
    hello = meter.begin()
    proofs = meter.proceed(hub.proceed(hello, NOW))
    assert proofs
    hub.proceed(proofs, NOW)
    replayed = Authenticator(admissions)
    replayed.proceed(hello, NOW)
    replayed.proceed(proofs, NOW)
    assert replayed.device is None
    assert replayed.refusal


@pytest.mark.parametrize("body", [b"", b"\0", bytes(8), b"\1", b"\1" + bytes(23), b"\1" + bytes(25), b"\3" + bytes(16)])
def test_the_hub_takes_no_body_that_does_not_belong(body: bytes) -> None:
    with pytest.raises(DecodeError, match="association"):
        Authenticator(Admissions()).proceed(body, NOW)


@pytest.mark.parametrize("body", [b"", b"\0", b"\1", b"\2", b"\2" + bytes(17), b"\6\0" + bytes(16), b"\7", b"\7\0"])
def test_the_device_takes_no_body_that_does_not_belong(body: bytes) -> None:
    meter = Meter()
    meter.begin()
    with pytest.raises(DecodeError, match="association"):
        meter.proceed(body)


@pytest.mark.parametrize("length", [0, 15, 17, 96])
def test_the_hub_takes_whole_proofs_and_not_too_many(length: int) -> None:
    hub = Authenticator(Admissions())
    hub.proceed(Meter().begin(), NOW)
    with pytest.raises(DecodeError, match="proofs"):
        hub.proceed(b"\3" + bytes(length), NOW)


def test_there_is_no_such_proof() -> None:
    meter, hub = Meter(), Authenticator(Admissions())
    proofs = meter.proceed(hub.proceed(meter.begin(), NOW))
    assert proofs
    answer = hub.proceed(proofs, NOW)
    with pytest.raises(DecodeError, match="1 proofs were sent"):
        meter.proceed(answer[:1] + b"\1" + answer[2:])
