"""`duis sign`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import count

from duis import markup
from duis.commands.files import convert
from duis.document import read_header, with_counter
from duis.identifiers import RequestID
from duis.signature import sign
from gbcs.commandline import read_input
from gbcs.errors import MissingKeyError
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security.ecc import SoftwareSigner
from gbcs.security.keys import Signer
from smki import storage
from smki.certificate import Certificate
from smki.keystore import Keystore, open_keystore

#: Who signs: for the originator of a Request, or for the DCC where there is none.
_Signers = Callable[[RequestID | None], tuple[Signer, Certificate]]


def run(arguments: argparse.Namespace) -> int:
    if arguments.keystore and not (arguments.key or arguments.certificate):
        signers = _of_keystore(open_keystore(arguments.keystore))
    elif arguments.key and arguments.certificate and not arguments.keystore:
        signers = _of_files(arguments.key, arguments.certificate)
    else:
        arguments.usage_error("either --keystore or both --key and --certificate")
    # Consecutive, so that no two requests of one run have the same RequestID.
    counters = count(time.time_ns() // 1_000_000)

    def conversion(document: bytes) -> bytes:
        root = markup.parse(document)
        request_id = read_header(root).request_id if root.tag == markup.REQUEST else None
        if request_id and not arguments.preserve_counter:
            document = with_counter(document, next(counters))
        return sign(document, *signers(request_id))

    return convert(arguments.files, conversion)


def _of_keystore(keystore: Keystore) -> _Signers:
    def signers(request_id: RequestID | None) -> tuple[Signer, Certificate]:
        if request_id:
            return keystore.xml_signer(request_id.originator)
        role = RemotePartyRole.DSP_XML_SIGN
        for entry in keystore.entries(use=KeyUse.DS, role=role):
            if entry.certificate.eui:
                return keystore.xml_signer(entry.certificate.eui)
        raise MissingKeyError(f"{role.label} certificate")

    return signers


def _of_files(key: str, certificate: str) -> _Signers:
    entries = storage.read_octets(key, read_input(key) + b"\n" + read_input(certificate)).entries
    for entry in entries:
        if entry.private_key:
            pair = SoftwareSigner(entry.private_key), entry.certificate
            return lambda _: pair
    raise MissingKeyError(f"private key in {key} for a certificate in {certificate}")
