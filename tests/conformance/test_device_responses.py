"""Reference responses against our devices: the same command, the same registers, the same answer."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from devices.device import Device
from devices.electricity.auxiliary import ALCS, APC, NO_CONTROLLER
from devices.electricity.esme import Esme
from devices.electricity.metered import ElectricityDevice
from devices.electricity.sapc import Sapc
from devices.electricity.supply import SupplyState
from devices.trust_anchors import Cell, TrustAnchors
from devices.variant import Variant
from gbcs.asn1.payload import Asn1Payload
from gbcs.cosem import objects as o
from gbcs.cosem.results import AccessResult
from gbcs.decoding import Decoded, decode, read_octets
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.gbz.components import Component
from gbcs.message import Message, Supplementary
from gbcs.prepayment import Utrn, make_utrn, token_counter_of
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security import protection
from gbcs.security.category import Category
from gbcs.security.ecc import SoftwareSigner
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context, Item, Payload
from smki.authority import TestAuthority, make_estate
from smki.certificate import Certificate
from smki.contingency import with_contingency_key
from smki.keystore import Keystore, open_keystore

# The reference data's identifiers; the keys are our own.
METER, SAPC, HCALCS = (Eui64.parse(f"00-DB-12-34-56-78-90-A{n}") for n in (0, 6, 5))
_R = RemotePartyRole
PARTIES = {
    role: Eui64.parse(f"90-B3-D5-1F-30-{rest}")
    for role, rest in {
        _R.RECOVERY: "00-00-01",
        _R.ACCESS_CONTROL_BROKER: "00-00-02",
        _R.TRANSITIONAL_COS: "00-00-04",
        _R.SUPPLIER: "01-00-00",
        _R.NETWORK_OPERATOR: "02-00-00",
        _R.LOAD_CONTROLLER: "01-00-08",
    }.items()
}
SUPPLIER = PARTIES[_R.SUPPLIER]
NOW = datetime(2015, 1, 1, tzinfo=UTC)  # of all responses
#: What the reference meter controls.
CONTROLLERS = (HCALCS, ALCS, APC, NO_CONTROLLER, ALCS)
HARDWARE_FAULT = AccessResult.HARDWARE_FAULT

#: Exchanges whose responses are compared to the last value.
EXACT = [
    "4.1.1_ECS17b/ECS17b_4.1.1_SINGLE_SUCCESS",
    "4.1.1_ECS17b/ECS17b_4.1.1_TWIN_SUCCESS",
    "4.1.1_ECS17b/ECS17b_4.1.1_ERROR",
    "4.2_ECS17a/ECS17a_4.2_ERROR",
    "6.11_ECS70/ECS70_6.11_SUCCESS",
    "6.11_ECS70/ECS70_6.11_ERROR",
    "7.3_ECS44/ECS44_7.3_SUCCESS",
    "7.3_ECS44/ECS44_7.3_ERROR",
    "11.2_ECS52/ECS52_11.2_ERROR",
]
#: Responses that no state of a sound device leads to, and what they report.
INJECTED = {
    "CS02c_6.17_ERROR": "the device could not make a certification request",
    "CS02fMAC_6.24.1_ERROR": "a role's cells could not be read, for another reason than that there are none",
    "CS02fSignature_NA_ERROR": "the same",
}
_POLYPHASE = ("ECS23b", "ECS26k", "ECS29b", "ECS29d", "ECS29f")
_TWIN = ("ECS01c", "ECS01d", "ECS24b")


@pytest.fixture(scope="module")
def authority() -> TestAuthority:
    return TestAuthority.create(NOW, random.Random(8))


@pytest.fixture(scope="module")
def ours(authority: TestAuthority) -> Keystore:
    return make_estate(authority, devices=[METER, SAPC], parties=PARTIES)


@pytest.fixture(scope="module")
def theirs(reference: Path) -> Keystore:
    return open_keystore(reference / "rtds/keystore")


class Rig:
    """Our keys, and reference commands made over to them."""

    def __init__(self, authority: TestAuthority, ours: Keystore, theirs: Keystore) -> None:
        self.authority, self.ours, self.theirs = authority, ours, theirs

    def read(self, path: Path, command: Decoded | None = None) -> Decoded:
        return decode(read_octets(path.read_bytes()), self.theirs, command=command, signatures=False)

    def made_over(self, command: Decoded, *, reissues: bool = True) -> bytes:
        """The command under our keys: certificates of our authority for the same parties, tokens of our supplier."""
        assert command.use_case
        assert command.payload
        assert command.category
        items = command.payload.items_in_order
        if reissues:
            items = tuple(replace(item, value=self._reissued(item.value)) for item in items if item.name != "encoding")
        message = replace(command.message, signature=None, mac=None)
        if command.use_case.code == "CS01a":
            items = (Item("prepayment_credit_enter", self._token(items[0].value, message)),)
        extra = message.supplementary
        if extra and extra.certificate:
            message = replace(
                message, supplementary=Supplementary(extra.party, extra.party_counter, None, self._certificate(extra))
            )
        form = command.use_case.form()
        message = replace(message, content=form.encode(Payload(items), Context(message)))
        if command.category is Category.PROVIDE_CREDENTIALS and command.message.signature:
            return protection.sign(message, self.ours).encode()
        return protection.protect(message, command.category, self.ours).encode()

    def _certificate(self, extra: Supplementary) -> bytes:
        role = Certificate.load(extra.certificate or b"").role or _R.SUPPLIER
        found = self.ours.entries(extra.party, KeyUse.KA)
        if not found:
            self.ours.add(*self.authority.issue_organisation(extra.party, role, KeyUse.KA))
            found = self.ours.entries(extra.party, KeyUse.KA)
        return found[0].certificate.der

    def _reissued(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._reissued(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._reissued(each) for each in value]
        if not isinstance(value, bytes) or len(value) < 300:
            return value
        certificate = Certificate.load(value)
        if certificate.eui is None:
            roots = (self.authority.root, self.authority.organisation_ca)
            return roots[certificate.role is not _R.ROOT].certificate.der
        if certificate.role is None or certificate.use is None:
            return value
        return self.authority.issue_organisation(certificate.eui, certificate.role, certificate.use).certificate.der

    def _token(self, octets: bytes, message: Message) -> bytes:
        utrn = Utrn.parse(octets.decode())
        counter = token_counter_of(message.originator_counter)
        ours = make_utrn(SUPPLIER, METER, counter, utrn.value, utrn.value_class, self.ours)
        return str(ours).encode()

    def device(self, command: Decoded, expected: Decoded) -> ElectricityDevice:
        """A device of the variant that the reference device has, and broken where that was."""
        assert command.use_case
        code = command.use_case.code
        recipient = command.message.recipient
        if recipient == SAPC:
            return Sapc(TrustAnchors.from_keystore(self.ours, SAPC, DeviceType.SAPC), now=NOW)
        variant = Variant.SINGLE
        if code in _TWIN or "second" in str(expected.payload and expected.payload.items_in_order).lower():
            variant = Variant.TWIN
        if code in _POLYPHASE:
            variant = Variant.POLYPHASE
        anchors = TrustAnchors.from_keystore(self.ours, METER, DeviceType.ESME)
        return Esme(anchors, now=NOW, variant=variant, supply_state=SupplyState.DISABLED, controllers=CONTROLLERS)


@pytest.fixture(scope="module")
def rig(authority: TestAuthority, ours: Keystore, theirs: Keystore) -> Rig:
    return Rig(authority, ours, theirs)


def break_like(device: Device, expected: Decoded) -> None:
    """Breaks what the reference device could not access."""
    assert expected.use_case
    form = expected.use_case.payload
    if isinstance(form, AccessList) and expected.payload:
        for access in form.accesses:
            if access.name in expected.payload and expected.payload.item(access.name).result == HARDWARE_FAULT:
                member = access.protects[0] if access.protects else access.member
                device.cosem.fail(member.object, member.name)


def prepare(device: ElectricityDevice, command: Decoded, name: str) -> None:
    """The state that the reference device must have been in."""
    if name.startswith("ECS09") and isinstance(device, Esme):
        device.cosem.set(o.PAYMENT_ACCOUNT, "account_mode_and_status", {"payment_mode": 2, "account_status": 2})
        device.cosem.set(o.EMERGENCY_CREDIT, "preset_credit_amount", 500_000)
        device.cosem.set(o.EMERGENCY_CREDIT, "credit_available_threshold", 0)
    assert command.payload
    if name == "CS06_11.3_IMMEDIATE_SUCCESS":
        device.firmware.hold(command.payload["manufacturer_image_hash"], b"\0\0\0\2")
    if name.startswith("CS04AC") and "ERROR" not in name:
        device.device_log.add(command.payload["other_device_entity_identifier"], 4)
    if name == "CS03A1_8.7.1_ERROR":
        device.device_log.add(command.payload["other_device_entity_identifier"], 6)


def shape(value: Any) -> Any:
    """What a value is made of: names and types, whatever the lengths of lists."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def outcomes(value: Any) -> Iterator[tuple[str, Any]]:
    """All codes of an ASN.1 response."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name.endswith("_code"):
                yield name, each
            yield from outcomes(each)
    elif isinstance(value, list):
        for each in value:
            yield from outcomes(each)


def header(message: Message) -> Message:
    return replace(message, content=b"", signature=None, mac=None)


def differences(got: Decoded, expected: Decoded) -> Iterator[str]:
    """Where our response is not like the reference: header, protection, results, and what the data are made of."""
    ours, theirs = header(got.message), header(expected.message)
    if ours.supplementary and theirs.supplementary:
        # The device's own counter is its own.
        pair = [each.supplementary.originator_counter is None for each in (ours, theirs)]  # type: ignore[union-attr]
        if pair[0] != pair[1]:
            yield "supplementary originator counter"
        ours, theirs = (
            replace(each, supplementary=replace(each.supplementary, originator_counter=None))  # type: ignore[type-var]
            for each in (ours, theirs)
        )
    if ours != theirs:
        yield f"header {ours} where {theirs} belongs"
    if [bool(each.message.signature) for each in (got, expected)] not in ([True, True], [False, False]):
        yield "signature"
    if (got.message.mac is None) != (expected.message.mac is None):
        yield "MAC"
    assert got.payload
    assert expected.payload
    items = [each.payload.items_in_order for each in (got, expected) if each.payload]
    names = [[(item.name, item.result) for item in each] for each in items]
    if names[0] != names[1]:
        yield f"results {names[0]} where {names[1]} belong"
        return
    for mine, wanted in zip(*items, strict=True):
        yield from item_differences(mine, wanted)
    if expected.use_case and not isinstance(expected.use_case.payload, Asn1Payload):
        return
    codes = [list(outcomes(dict(each.payload))) for each in (got, expected) if each.payload]
    if codes[0] != codes[1]:
        yield f"outcomes {codes[0]} where {codes[1]} belong"


def item_differences(mine: Item, wanted: Item) -> Iterator[str]:
    if (mine.value is None) != (wanted.value is None) or (mine.protected is None) != (wanted.protected is None):
        yield f"{mine.name}: data or none"
    if isinstance(mine, Component) and isinstance(wanted, Component):
        answered = [(each.executed, each.frame_control) for each in (mine, wanted)]
        if answered[0] != answered[1]:
            yield f"{mine.name}: {answered[0]} where {answered[1]} belongs"
    elif mine.result is not None:
        return
    if shape(mine.value) != shape(wanted.value):
        yield f"{mine.name}: {shape(mine.value)} where {shape(wanted.value)} belongs"


def exchanges(reference: Path) -> Iterator[tuple[str, Path, Path]]:
    for path in sorted((reference / "rtds/messages").glob("*/*_COMMAND_GBCS.HEX")):
        response = path.with_name(path.name.replace("_COMMAND_", "_RESPONSE_"))
        if response.exists():
            yield path.name.removesuffix("_COMMAND_GBCS.HEX"), path, response


def test_every_command_gets_a_response_like_the_reference(
    reference: Path, rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    found: dict[str, list[str]] = {}
    for name, path, response_path in exchanges(reference):
        command = rig.read(path)
        if command.message.recipient not in (METER, SAPC) or name in INJECTED:
            continue
        expected = rig.read(response_path, command)
        device = rig.device(command, expected)
        prepare(device, command, name)
        break_like(device, expected)
        if name == "CS02d_6.15.2_SUCCESS":
            found[name] = list(installs_its_certificate(rig, device, expected))
            continue
        octets = rig.made_over(command, reissues="CS02d" not in name and not _refuses(expected))
        sent = device.receive(octets, NOW)
        if not sent:
            found[name] = [f"no response: {[hex(entry.code) for entry in device.security_log]}"]
            continue
        got = decode(sent[0], rig.ours, command=decode(octets, rig.ours))
        assert got.category
        protection.verify(got.message, got.category, rig.ours)
        found[name] = list(differences(got, expected))
    wrong = {name: each for name, each in found.items() if each}
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(found) - len(wrong)} of {len(found)} commands to ESME and SAPC are answered like the reference; "
            f"{len(INJECTED)} more report a fault that is not emulated\n"
        )
    assert not wrong


def _refuses(expected: Decoded) -> bool:
    """Whether the reference device did not know the certificates' issuer: then they stay those of another authority."""
    assert expected.payload
    return any(code == 10 for _, code in outcomes(dict(expected.payload)))


def installs_its_certificate(rig: Rig, device: ElectricityDevice, expected: Decoded) -> Iterator[str]:
    """The one success that takes a key pair made before: asks for it, has it certified, installs that."""
    asked = USE_CASES["CS02c"].command(SUPPLIER, METER, 1, key_usage=["digitalSignature"])
    (octets,) = device.receive(protection.protect(asked, Category.CRITICAL, rig.ours).encode(), NOW)
    request = decode(octets, rig.ours).payload
    assert request
    key = x509.load_der_x509_csr(request["certification_request"]).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    certificate = rig.authority.certify_device(key, METER, KeyUse.DS, now=NOW).der
    counter = expected.message.originator_counter
    install = USE_CASES["CS02d"].command(SUPPLIER, METER, counter, certificate=certificate)
    (octets,) = device.receive(protection.protect(install, Category.CRITICAL, rig.ours).encode(), NOW)
    yield from differences(decode(octets, rig.ours), expected)


@pytest.mark.parametrize("exchange", EXACT)
def test_our_meter_answers_as_the_reference_device_does(reference: Path, rig: Rig, exchange: str) -> None:
    folder = reference / "rtds/messages"
    command = rig.read(folder / f"{exchange}_COMMAND_GBCS.HEX")
    expected = rig.read(folder / f"{exchange}_RESPONSE_GBCS.HEX", command)
    esme = rig.device(command, expected)
    break_like(esme, expected)
    assert expected.use_case
    assert isinstance(expected.use_case.payload, AccessList)
    assert expected.payload
    for access in expected.use_case.payload.accesses:
        value = expected.payload.item(access.name).value
        (member,) = access.protects or (access.member,)
        if value is not None and member.object is not o.TIME:
            esme.cosem.set(member.object, member.name, value)
    octets = rig.made_over(command)
    response = decode(esme.receive(octets, NOW)[0], rig.ours, command=decode(octets, rig.ours))
    assert list(differences(response, expected)) == []
    assert len(response.message.content) == len(expected.message.content)
    assert response.payload
    encrypted = False
    for got, wanted in zip(response.payload.items_in_order, expected.payload.items_in_order, strict=True):
        assert replace(got, protected=None) == replace(wanted, protected=None)
        encrypted |= wanted.protected is not None
    if not encrypted:
        assert response.message.content == expected.message.content


def test_the_reference_message_is_displayed(reference: Path, rig: Rig) -> None:
    # The response at hand is of a meter that could not write it; the other result octet is all that differs.
    exchange = reference / "rtds/messages/3.1_ECS10"
    command = rig.read(exchange / "ECS10_3.1_ERROR_COMMAND_GBCS.HEX")
    failed = rig.read(exchange / "ECS10_3.1_ERROR_RESPONSE_GBCS.HEX", command)
    esme = rig.device(command, failed)
    (octets,) = esme.receive(rig.made_over(command), NOW)
    assert command.payload
    assert esme.cosem.get(o.SUPPLIER_MESSAGE, "value") == command.payload["supplier_message"] != ""
    assert decode(octets, rig.ours).message.content == failed.message.content[:-1] + b"\0"


def test_the_generic_alert_has_the_reference_content(reference: Path, ours: Keystore) -> None:
    path = reference / "rtds/messages/NA_GCA-DLMS/GCA-DLMS_NA_8F30_ALERT_GBCS.HEX"
    expected = Message.decode(read_octets(path.read_bytes()))
    esme = Esme(TrustAnchors.from_keystore(ours, METER, DeviceType.ESME), now=NOW)
    esme.store["originator counter"] = (expected.originator_counter - 1).to_bytes(8, "big")
    (octets,) = esme.receive(USE_CASES["ECS52"].command(Eui64(bytes(8)), METER, 1).encode(), NOW)
    alert = Message.decode(octets)
    assert header(alert) == header(expected)
    assert alert.content == expected.content


def test_a_replacement_by_contingency_is_told_like_the_reference(
    reference: Path, authority: TestAuthority, ours: Keystore, theirs: Keystore
) -> None:
    """There is a response without its command: the command that must have been sent gets the same from our meter."""
    path = reference / "rtds/messages/NA_CS02bAnyByContingency/CS02bAnyByContingency_NA_ERROR_RESPONSE_GBCS.HEX"
    expected = decode(read_octets(path.read_bytes()), theirs, signatures=False)
    assert expected.payload
    outcome = expected.payload["execution_outcome"]
    other = TestAuthority.create(NOW, random.Random(9))
    esme = Esme(TrustAnchors.from_keystore(ours, METER, DeviceType.ESME), now=NOW)
    contingency, symmetric = ec.derive_private_key(5, ec.SECP256R1()), bytes(32)
    root = Cell(_R.ROOT, None)
    esme.anchors.install(root, with_contingency_key(*authority.root[:2], contingency.public_key(), symmetric))

    def certificate(target: dict[str, Any], status: int) -> bytes:
        issuer = authority if status else other
        if target["remote_party_role"] == _R.ROOT:
            return issuer.root.certificate.der
        use = KeyUse.DS if target["key_usage"] == ["digitalSignature"] else KeyUse.KA
        role = RemotePartyRole(target["remote_party_role"])
        return issuer.issue_organisation(PARTIES[role], role, use).certificate.der

    first, *others = outcome["remote_party_seq_number_changes"]
    asked = USE_CASES["CS02b"].command(
        expected.message.recipient,
        METER,
        expected.message.originator_counter,
        message_code=expected.message.message_code,
        authorising_remote_party_control={
            "credentials_replacement_mode": 9,
            "plaintext_symmetric_key": symmetric,
            "authorising_remote_party_seq_number": expected.message.originator_counter,
            "new_remote_party_floor_seq_number": first["floor_seq_number"],
            "other_remote_party_seq_number_changes": others,
        },
        replacements=[
            {
                "replacement_certificate": certificate(each["affected_trust_anchor_cell"], each["status_code"]),
                "target_trust_anchor_cell": each["affected_trust_anchor_cell"],
            }
            for each in outcome["replacement_outcomes"]
        ],
        # Nobody told the device of the authority that issued the one certificate.
        certification_path_certificates=[other.organisation_ca.certificate.der],
    )
    signed = asked.with_protection(SoftwareSigner(contingency).sign(asked.signed_octets()), None)
    got = decode(esme.receive(signed.encode(), NOW)[0], ours)
    assert list(differences(got, expected)) == []
    assert len(got.message.content) == len(expected.message.content)
    assert got.payload

    def told(each: Any) -> Any:
        """Without what names our keys."""
        return {name: value for name, value in each.items() if not name.endswith("key_identifier")}

    mine = got.payload["execution_outcome"]
    assert [told(each) for each in mine["replacement_outcomes"]] == [
        told(each) for each in outcome["replacement_outcomes"]
    ]
    assert mine["remote_party_seq_number_changes"] == outcome["remote_party_seq_number_changes"]
