"""DUIS documents and what a user would sign them with instead: signxml, and python-xmlsec where it is installed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from signxml import XMLSigner

from duis import templates
from gbcs.roles import KeyUse, RemotePartyRole
from smki.authority import Issued, TestAuthority

try:
    import xmlsec
except ImportError:
    xmlsec = None

HAS_XMLSEC = xmlsec is not None
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
#: Requests as they are sent most, from a read without parameters to a tariff.
SERVICES = ("4.1.1", "4.8.1", "3.1", "6.11", "7.3", "2.2", "8.11", "11.2", "4.6.1", "1.1.1")
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


def make_authority() -> TestAuthority:
    """Who issues the user's certificate."""
    return TestAuthority.create(NOW, random.Random(1))


def issue_user(authority: TestAuthority) -> Issued:
    """The certificate and key that sign."""
    return authority.issue_organisation(templates.ORIGINATOR, RemotePartyRole.XML_SIGN, KeyUse.DS)


def make_documents() -> list[bytes]:
    """One of each service."""
    return [templates.request(service, NOW).to_xml() for service in SERVICES]


def by_signxml(user: Issued) -> Callable[[bytes], bytes]:
    signer = XMLSigner(signature_algorithm="ecdsa-sha256", digest_algorithm="sha256", c14n_algorithm=EXCLUSIVE)
    certificates = [load_der_x509_certificate(user.certificate.der)]
    return lambda document: etree.tostring(
        signer.sign(etree.fromstring(document), key=user.private_key, cert=certificates)
    )


def by_xmlsec(user: Issued) -> Callable[[bytes], bytes]:
    pem = user.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)

    def work(document: bytes) -> bytes:
        root = etree.fromstring(document)
        signature = xmlsec.template.create(
            root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformEcdsaSha256, ns="ds"
        )
        reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri="")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        data = xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
        xmlsec.template.x509_data_add_issuer_serial(data)
        root.append(signature)
        context = xmlsec.SignatureContext()
        context.key = key
        context.sign(signature)
        return etree.tostring(root)

    return work
