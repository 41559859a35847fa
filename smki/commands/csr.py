"""`smki csr`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.roles import KeyUse, RemotePartyRole
from smki import storage
from smki.building import build_request, organisation_subject
from smki.errors import KeystoreError
from smki.request import CertificateRequest


def run(arguments: argparse.Namespace) -> int:
    role = next((role for role in RemotePartyRole if role.label == arguments.role), None)
    subject = x509.Name([]) if role is None else organisation_subject(arguments.eui, role, arguments.common_name)
    device = arguments.eui if role is None else None
    key = _key(Path(arguments.key))
    der = build_request(key, subject=subject, device=device, use=KeyUse(arguments.use))
    # Nothing goes out that the authority would not take.
    sys.stdout.write(CertificateRequest.load(der).to_pem().decode())
    return 0


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The private key in a file, which is made if it is not there."""
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        storage.write_key(path, key)
        return key
    held = storage.read_key(path.read_bytes())
    if held is None:
        raise KeystoreError(f"{path}: no P-256 private key")
    return held
