"""Valid messages of every use case, made from the declarations: where fuzzing starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gbcs.cosem.date_time import CosemDateTime
from gbcs.errors import DecodeError
from gbcs.message import Cra, Message, Supplementary
from gbcs.security.keys import Keys
from gbcs.security.protection import protect
from gbcs.security.symmetric import CIPHER_HEADER, TAG_LENGTH
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES, use_case_of
from gbcs.usecases.model import Context, Payload, UseCase
from gbcs.usecases.notification import Notification
from tests.gbcs import gbz, test_asn1
from tests.gbcs.keys import BROKER, METER, OTHER_USER, SUPPLIER
from tests.gbcs.strategies import notifications, requests, responses

_T = TypeVar("_T")
_COUNTER = 1_795_000_000_000
#: Of each declaration: the first is the least there is, the others are rich.
_DRAWN = 3
_SUPPLEMENTARY = {
    Cra.COMMAND: (
        Supplementary(OTHER_USER, 77),
        Supplementary(OTHER_USER, 77, certificate=b"\x30\x82\x01\x90" + bytes(400)),
    ),
    Cra.RESPONSE: (Supplementary(OTHER_USER, 77), Supplementary(OTHER_USER, 77, 78)),
    Cra.ALERT: (Supplementary(OTHER_USER), Supplementary(OTHER_USER, 77)),
}


class Opened(Context):
    """Encrypts by adding header and an empty tag, so that what is changed inside is read all the same."""

    def encrypt(self, plaintext: bytes) -> bytes:
        return CIPHER_HEADER + plaintext + bytes(TAG_LENGTH)

    def decrypt(self, protected: bytes) -> bytes:
        if not protected.startswith(CIPHER_HEADER) or len(protected) < len(CIPHER_HEADER) + TAG_LENGTH:
            raise DecodeError("protected", 0, "no room for header and tag")
        return protected[len(CIPHER_HEADER) : -TAG_LENGTH]


class Seed(NamedTuple):
    """One valid message: its header, and the payload that goes into it."""

    use_case: UseCase
    header: Message
    payload: Payload

    def content(self) -> bytes:
        """The content, its encrypted parts in plain."""
        return self.use_case.form().encode(self.payload, Opened(self.header))

    def message(self, keys: Keys) -> bytes:
        """The whole message, protected by the keys of `tests.gbcs.keys`."""
        message = self.header.with_content(self.use_case.form().encode(self.payload, Context(self.header, keys)))
        return protect(message, self.use_case.category_of(message.message_code), keys).encode()


@cache
def seeds() -> tuple[Seed, ...]:
    """Commands, responses and alerts of every use case that has a payload; always the same."""
    direct = [*_dlms(), *_gbz(), *_asn1()]
    # An encrypted read and an alert, to either kind of device.
    brokered = [seed for seed in direct if seed.use_case.code in ("ECS17b", "GCS17", "GNCA-DLMS", "GNCA-ZigBee")]
    return (*direct, *(other for seed in brokered for other in _behind_the_broker(seed)))


def _dlms() -> Iterator[Seed]:
    for use_case in USE_CASES.values():
        form = use_case.payload
        if isinstance(form, AccessList):
            for values in _drawn(requests(form)):
                yield Seed(use_case, _header(use_case, Cra.COMMAND), form.request(values))
            for answers in _drawn(responses(form)):
                yield Seed(use_case, _header(use_case, Cra.RESPONSE), answers)
        elif isinstance(form, Notification):
            for said in _drawn(notifications(form)):
                yield Seed(use_case, _header(use_case, Cra.ALERT), said)


def _gbz() -> Iterator[Seed]:
    for code, form in gbz.LISTS.items():
        use_case = USE_CASES[code]
        request = form.request(gbz.COMMANDS.get(code, {}))
        yield Seed(use_case, _header(use_case, Cra.COMMAND), request)
        for answers in _drawn(gbz.answers_to(code)):
            yield Seed(use_case, _header(use_case, Cra.RESPONSE), answers)
    for code, alert in gbz.ALERTS.items():
        yield Seed(USE_CASES[code], _header(USE_CASES[code], Cra.ALERT), alert.notice(gbz.ALERT_VALUES[code]))


def _asn1() -> Iterator[Seed]:
    for message in test_asn1.MESSAGES:
        use_case = use_case_of(message)
        assert use_case is not None
        yield Seed(use_case, message.with_content(b""), use_case.form().decode(Context(message)))


def _header(use_case: UseCase, cra: Cra) -> Message:
    originator, recipient = (SUPPLIER, METER) if cra is Cra.COMMAND else (METER, SUPPLIER)
    date_time = CosemDateTime.parse("2026-11-23T12:00:00Z") if cra is Cra.RESPONSE and use_case.dated_response else None
    return Message(cra, _COUNTER, originator, recipient, use_case.message_codes[0], b"", date_time)


def _behind_the_broker(seed: Seed) -> Iterator[Seed]:
    """The same for a party that the device does not know, in all forms of the supplementary fields."""
    for extra in _SUPPLEMENTARY[seed.header.cra]:
        parties = {"recipient" if seed.header.originator == METER else "originator": BROKER}
        yield seed._replace(header=replace(seed.header, supplementary=extra, **parties))


def _drawn(strategy: st.SearchStrategy[_T]) -> list[_T]:
    """The same few values each time."""
    found: list[_T] = []

    @settings(
        max_examples=_DRAWN,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: _T) -> None:
        found.append(value)

    collect()
    return found
