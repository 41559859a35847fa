"""Who may do what with which key: the one table that everybody asks."""

from __future__ import annotations

import pytest

from gbcs.errors import RoleError
from gbcs.roles import KeyUse, Purpose, RemotePartyRole, check_role, roles_for, serves, uses_of

# Purpose -> holder -> uses, told once more in short: S N A T W L R are the parties of GBCS 12.4, O is other,
# X xmlSign, D dspXmlSign, d a device.
_HOLDERS: dict[str, RemotePartyRole | None] = {
    "R": RemotePartyRole.RECOVERY,
    "S": RemotePartyRole.SUPPLIER,
    "N": RemotePartyRole.NETWORK_OPERATOR,
    "A": RemotePartyRole.ACCESS_CONTROL_BROKER,
    "T": RemotePartyRole.TRANSITIONAL_COS,
    "W": RemotePartyRole.WAN_PROVIDER,
    "L": RemotePartyRole.LOAD_CONTROLLER,
    "O": RemotePartyRole.OTHER,
    "X": RemotePartyRole.XML_SIGN,
    "D": RemotePartyRole.DSP_XML_SIGN,
    "0": RemotePartyRole.ROOT,
    "7": RemotePartyRole.ISSUING_AUTHORITY,
    "d": None,
}
_MEANT = {
    Purpose.CERTIFICATE: ("RSNATWLOXDd", "SNAWLOd", "S"),
    Purpose.TRUST_ANCHOR: ("RSNATWL", "SNAWL", "S"),
    Purpose.GBCS_SIGNATURE: ("RSNATWLd", "", ""),
    Purpose.GBCS_KEY_AGREEMENT: ("", "SNAWLOd", "S"),
    Purpose.USER_XML_SIGNATURE: ("X", "", ""),
    Purpose.DCC_XML_SIGNATURE: ("D", "", ""),
    Purpose.LEGACY_USER_XML_SIGNATURE: ("SNLOX", "", ""),
    Purpose.LEGACY_DCC_XML_SIGNATURE: ("AD", "", ""),
}


@pytest.mark.parametrize("purpose", Purpose)
def test_a_purpose_is_served_by_these_keys_and_no_others(purpose: Purpose) -> None:
    found = tuple(
        "".join(letter for letter, role in _HOLDERS.items() if serves(purpose, role, use, device=role is None))
        for use in KeyUse
    )
    assert found == _MEANT[purpose]


def test_every_role_and_use_has_an_answer() -> None:
    assert {role for role in _HOLDERS.values() if role is not None} == set(RemotePartyRole)
    assert uses_of(None) == (KeyUse.DS, KeyUse.KA)
    assert uses_of(RemotePartyRole.ROOT) == ()


def test_xml_roles_are_for_xml_and_nothing_else() -> None:
    xml = {RemotePartyRole.XML_SIGN, RemotePartyRole.DSP_XML_SIGN}
    for purpose in (Purpose.TRUST_ANCHOR, Purpose.GBCS_SIGNATURE, Purpose.GBCS_KEY_AGREEMENT):
        assert not roles_for(purpose) & xml


def test_a_wrong_role_is_named_with_those_that_are_meant() -> None:
    with pytest.raises(RoleError) as refused:
        check_role(Purpose.USER_XML_SIGNATURE, RemotePartyRole.SUPPLIER, KeyUse.DS)
    assert refused.value.check == "role"
    assert refused.value.reason == "role supplier is not for signing DUIS Requests: that is for xmlSign"
    with pytest.raises(
        RoleError, match=r"role xmlSign is not for signing GBCS messages: .*recovery, supplier.*devices"
    ):
        check_role(Purpose.GBCS_SIGNATURE, RemotePartyRole.XML_SIGN, KeyUse.DS)


def test_a_wrong_use_is_another_failure() -> None:
    for use, words in ((KeyUse.KA, "key agreement"), (None, "another usage")):
        expected = f"role xmlSign needs a key for digital signature, not one for {words}"
        with pytest.raises(RoleError, match=expected) as refused:
            check_role(Purpose.USER_XML_SIGNATURE, RemotePartyRole.XML_SIGN, use)
        assert refused.value.check == "key usage"
    with pytest.raises(RoleError, match="a device needs a key for key agreement, not one for prepayment"):
        check_role(Purpose.GBCS_KEY_AGREEMENT, None, KeyUse.PP, device=True)


@pytest.mark.parametrize(("code", "name"), [(136, "role 136"), (None, "an organisation without a role")])
def test_a_role_without_a_name_serves_nothing(code: int | None, name: str) -> None:
    for purpose in Purpose:
        with pytest.raises(RoleError, match=f"{name} is not for"):
            check_role(purpose, code, KeyUse.DS)
