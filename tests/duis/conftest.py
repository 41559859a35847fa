from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from duis.signature import STRICT, Policy
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import Issued, TestAuthority
from smki.keystore import Keystore

USER = Eui64.parse("90-B3-D5-1F-30-01-00-00")
OTHER = Eui64.parse("90-B3-D5-1F-30-02-00-00")
DCC = Eui64.parse("90-B3-D5-1F-30-00-00-02")
ESME = Eui64.parse("00-DB-12-34-56-78-90-A0")
NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
REQUEST = (
    '<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4"><sr:Header>'
    "<sr:RequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000</sr:RequestID>"
    "<sr:CommandVariant>1</sr:CommandVariant><sr:ServiceReference>3.1</sr:ServiceReference>"
    "<sr:ServiceReferenceVariant>3.1</sr:ServiceReferenceVariant></sr:Header><sr:Body><sr:DisplayMessage>"
    "<sr:SupplierMessage>Hello</sr:SupplierMessage></sr:DisplayMessage></sr:Body></sr:Request>"
)


class Estate(NamedTuple):
    """Who signs XML, and one supplier who signs GBCS messages only."""

    user: Issued
    other: Issued
    dcc: Issued
    supplier: Issued
    agreement: Issued
    keys: Keystore
    policy: Policy
    authority: TestAuthority


@pytest.fixture(scope="session")
def estate() -> Estate:
    authority = TestAuthority.create(NOW, random.Random(1))
    issued = [
        authority.issue_organisation(eui, role, use)
        for eui, role, use in (
            (USER, RemotePartyRole.XML_SIGN, KeyUse.DS),
            (OTHER, RemotePartyRole.XML_SIGN, KeyUse.DS),
            (DCC, RemotePartyRole.DSP_XML_SIGN, KeyUse.DS),
            (USER, RemotePartyRole.SUPPLIER, KeyUse.DS),
            (USER, RemotePartyRole.SUPPLIER, KeyUse.KA),
        )
    ]
    keys = Keystore()
    for pair in (*issued, authority.root, authority.organisation_ca):
        keys.add(pair.certificate, pair.private_key if pair in issued else None)
    policy = STRICT.trusting([authority.root.certificate, authority.organisation_ca.certificate])
    return Estate(*issued, keys, policy, authority)
