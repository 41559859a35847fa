"""Keys and certificates on disk: PEM files in folders or alone, PKCS #12, the JSON keystore of the public test tools.

One bad entry never spoils a store: what could not be used is noted and passed over. What a certificate says counts,
not what its file is called, and a private key belongs to the certificates that hold its public key.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    pkcs12,
)

from gbcs.errors import DecodeError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, Purpose, roles_for
from smki import pem, profiles
from smki.certificate import Certificate, Kind
from smki.errors import CertificateError, KeystoreError

PKCS12_SUFFIXES = (".p12", ".pfx")
_SUFFIXES = (".pem", ".key", ".crt", ".cer", ".der", *PKCS12_SUFFIXES)
_LARGEST_FILE = 1 << 20  # of a folder's files; no certificate comes near
_PRIVATE_KEYS = ("PRIVATE KEY", "EC PRIVATE KEY")
_NAME = re.compile(r"(?<![0-9a-f])([0-9a-f]{16})-(ds|ka|pp-ka)", re.IGNORECASE)
_PREPAYMENT = re.compile("pp-ka", re.IGNORECASE)
_JSON_USES = {"digitalSignature": KeyUse.DS, "keyAgreement": KeyUse.KA}
_AUTHORITY_STEMS = {
    profiles.ROOT.name: "root",
    profiles.ISSUING_OCA.name: "organisation-ca",
    profiles.DEVICE_ROOT.name: "device-root",
    profiles.ISSUING_DCA.name: "device-ca",
}


class Entry(NamedTuple):
    """A certificate as a store holds it.

    Attributes:
        use: the certificate's own, or `KeyUse.PP`, which only the store knows.
        name: file name or name in a JSON keystore; empty if it was not read from one.
    """

    certificate: Certificate
    private_key: ec.EllipticCurvePrivateKey | None
    use: KeyUse | None
    name: str

    @property
    def age(self) -> tuple[datetime, int]:
        """Sorts generations: the greatest is the newest."""
        return self.certificate.not_before, self.certificate.serial


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store held.

    Attributes:
        loose: private keys without a certificate whose party and use the file name tells.
        notes: what was odd, each beginning with the name of the file or entry.
    """

    entries: list[Entry] = field(default_factory=list)
    loose: dict[tuple[Eui64, KeyUse], ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read(path: Path, password: bytes | None = None) -> Contents:
    """Reads a folder of PEM, DER and PKCS #12 files, one such file, or a JSON keystore.

    Raises:
        KeystoreError: it is nothing of these.
        OSError: the operating system does not let it be read.
    """
    reader = _Reader(password)
    if not path.is_dir():
        return read_octets(path.name, path.read_bytes(), password)
    for item in sorted(os.scandir(path), key=lambda item: item.name):
        if item.name.lower().endswith(_SUFFIXES) and item.is_file():
            if item.stat().st_size > _LARGEST_FILE:
                reader.notes.append(f"{item.name}: too large for a key or certificate")
            else:
                reader.octets(item.name, Path(item.path).read_bytes())
    return reader.contents(str(path))


def read_octets(name: str, data: bytes, password: bytes | None = None) -> Contents:
    """Reads the octets of a single file, as `read` does."""
    reader = _Reader(password)
    if data.lstrip().startswith(b"{"):
        reader.json_keystore(name, data)
    else:
        reader.octets(name, data)
    return reader.contents(name)


class _Claim(NamedTuple):
    """What a file name or the place in a JSON keystore says of a certificate; `None` where it says nothing."""

    eui: Eui64
    use: KeyUse
    serial: int | None = None
    role: int | None = None

    def disagreements(self, certificate: Certificate) -> Iterator[str]:
        own_use = KeyUse.KA if self.use is KeyUse.PP else self.use
        for what, said, held in (
            ("party", self.eui, certificate.eui),
            ("use", own_use.name, certificate.use and certificate.use.name),
            ("serial", self.serial, certificate.serial),
            ("role", self.role, certificate.role_code),
        ):
            if said is not None and said != held:
                yield f"named for {what} {said}, but the certificate's is {held}"


class _Reader:
    """Collects certificates and keys from files, to bring them together at the end."""

    def __init__(self, password: bytes | None) -> None:
        self.notes: list[str] = []
        self._password = password
        self._certificates: list[tuple[str, Certificate, KeyUse | None]] = []
        self._keys: list[tuple[str, _Claim | None, ec.EllipticCurvePrivateKey]] = []

    def octets(self, name: str, data: bytes) -> None:
        match = _NAME.search(name)
        claim = _Claim(Eui64.parse(match[1]), KeyUse(match[2].lower())) if match else None
        if name.lower().endswith(PKCS12_SUFFIXES):
            self._pkcs12(name, claim, data)
        else:
            self._blocks(name, claim, data)

    def _pkcs12(self, name: str, claim: _Claim | None, data: bytes) -> None:
        try:
            key, certificate, others = pkcs12.load_key_and_certificates(data, self._password)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            self.notes.append(f"{name}: {error}")
            return
        if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
            self._keys.append((name, claim, key))
        elif key:
            self.notes.append(f"{name}: private key that cannot be used")
        for held in ([certificate] if certificate else []) + others:
            self._certificate(name, claim if held is certificate else None, held.public_bytes(Encoding.DER))

    def json_keystore(self, name: str, data: bytes) -> None:
        """EUI-64 -> use -> serial in decimal -> certificate, privateKey, role, name."""
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise KeystoreError(f"{name}: no JSON keystore: {error}") from error
        for eui, uses in document.items():
            for use, serials in self._items(eui, uses):
                for serial, item in self._items(f"{eui} {use}", serials):
                    self._json_entry(eui, use, serial, dict(self._items(f"{eui} {use} {serial}", item)))

    def contents(self, name: str) -> Contents:
        by_point = {_point(key.public_key()): key for _, _, key in self._keys}
        contents = Contents(notes=self.notes)
        matched = set()
        for source, certificate, use in self._certificates:
            point = _point(certificate.public_key)
            matched.add(point)
            contents.entries.append(Entry(certificate, by_point.get(point), use, source))
        for source, claim, key in self._keys:
            if _point(key.public_key()) not in matched:
                self.notes.append(f"{source}: private key without a certificate")
                if claim:
                    contents.loose[claim.eui, claim.use] = key
        if not (self._certificates or self._keys):
            raise KeystoreError("; ".join(self.notes) or f"{name}: no certificates or keys")
        return contents

    def _items(self, where: str, value: object) -> Iterable[tuple[str, Any]]:
        if isinstance(value, dict):
            return value.items()
        self.notes.append(f"{where}: not a JSON object")
        return ()

    def _json_entry(self, eui: str, use: str, serial: str, item: Mapping[str, Any]) -> None:
        place = f"{eui} {use} {serial}"
        name = str(item.get("name", place))
        claim = None
        try:
            claim = _Claim(Eui64.parse(eui), _JSON_USES[use], int(serial), item.get("role"))
        except (DecodeError, KeyError, ValueError):
            self.notes.append(f"{name}: {place} is not an EUI-64, a use and a serial")
        for member in ("certificate", "privateKey"):
            if member in item:
                self._blocks(name, claim, str(item[member]).encode(errors="replace"))

    def _blocks(self, name: str, claim: _Claim | None, data: bytes) -> None:
        for label, octets in list(pem.blocks(data)) or [("", data)]:
            key = read_key(octets) if label in (*_PRIVATE_KEYS, "") else None
            if key:
                self._keys.append((name, claim, key))
            elif label in ("CERTIFICATE", ""):
                self._certificate(name, claim, octets)
            else:
                self.notes.append(f"{name}: {label.lower()} that cannot be used")

    def _certificate(self, name: str, claim: _Claim | None, der: bytes) -> None:
        try:
            certificate = Certificate.load(der)
        except CertificateError as error:
            self.notes.append(f"{name}: {error}")
            return
        prepayment = certificate.use is KeyUse.KA and _PREPAYMENT.search(name)
        self._certificates.append((name, certificate, KeyUse.PP if prepayment else certificate.use))
        odd = list(certificate.notes)
        if claim and certificate.kind is not Kind.AUTHORITY:
            odd += claim.disagreements(certificate)
        self.notes += (f"{name}: {note}" for note in odd)


def read_key(data: bytes) -> ec.EllipticCurvePrivateKey | None:
    """A P-256 private key in DER or PEM, `None` if it is none."""
    der = next((octets for label, octets in pem.blocks(data) if label in _PRIVATE_KEYS), data)
    try:
        key = load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1) else None


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def write_folder(
    folder: Path,
    entries: Iterable[Entry],
    loose: Mapping[tuple[Eui64, KeyUse], ec.EllipticCurvePrivateKey],
) -> None:
    """Writes ``STEM.pem`` and ``STEM.key`` for each entry, keys for the owner's eyes only.

    The newest of a party's certificates for one use takes the plain stem ``EUI-ds``, ``EUI-ka`` or ``EUI-pp-ka``,
    older ones add their serial; certificates that are not for GBCS carry their role in the stem.
    """
    files: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.age):
        stem = _stem(entry)
        if older := files.pop(stem, None):
            files[f"{stem}-{older.certificate.serial:032x}"] = older
        files[stem] = entry
    folder.mkdir(parents=True, exist_ok=True)
    for (eui, use), key in loose.items():
        write_key(folder / f"{eui.hex()}-{use.value}.key", key)
    for stem, entry in files.items():
        if entry.private_key:
            write_key(folder / f"{stem}.key", entry.private_key)
        _write(folder / f"{stem}.pem", entry.certificate.to_pem(), 0o644)


def write_json(path: Path, entries: Iterable[Entry]) -> None:
    """Writes the JSON keystore, for the owner's eyes only. It has no place for certification authorities."""
    document: dict[str, dict[str, dict[str, dict[str, object]]]] = {}
    json_uses = {use: text for text, use in _JSON_USES.items()}
    for entry in entries:
        certificate = entry.certificate
        if certificate.eui is None or certificate.use is None:
            continue
        item: dict[str, object] = {"certificate": certificate.to_pem().decode(), "name": _json_name(entry)}
        if entry.private_key:
            item["privateKey"] = _key_pem(entry.private_key).decode()
        if certificate.role_code is not None:
            item["role"] = certificate.role_code
        uses = document.setdefault(certificate.eui.hex(), {})
        uses.setdefault(json_uses[certificate.use], {})[str(certificate.serial)] = item
    _write(path, json.dumps(document, indent=2).encode() + b"\n", 0o600)


def _json_name(entry: Entry) -> str:
    """The name that it had in a JSON keystore, or one in the same manner."""
    if entry.name and not entry.name.lower().endswith(_SUFFIXES):
        return entry.name
    certificate, use = entry.certificate, entry.use or KeyUse.DS
    holder = certificate.role.label if certificate.role is not None else certificate.kind.value
    return f"{holder}PP-ka" if use is KeyUse.PP else f"{holder}-{use.value}"


def write_pkcs12(path: Path, entries: list[Entry], password: bytes | None) -> None:
    """Writes a PKCS #12 file, for the owner's eyes only: the one entry that has a private key, and the others.

    Raises:
        KeystoreError: there is not exactly one.
    """
    own = [entry for entry in entries if entry.private_key]
    if len(own) != 1 or own[0].private_key is None:
        raise KeystoreError(f"{path}: PKCS #12 holds one private key, not {len(own)}")
    others = [x509.load_der_x509_certificate(entry.certificate.der) for entry in entries if entry is not own[0]]
    encryption: KeySerializationEncryption = BestAvailableEncryption(password) if password else NoEncryption()
    octets = pkcs12.serialize_key_and_certificates(
        _stem(own[0]).encode(),
        own[0].private_key,
        x509.load_der_x509_certificate(own[0].certificate.der),
        others,
        encryption,
    )
    _write(path, octets, 0o600)


def _stem(entry: Entry) -> str:
    certificate = entry.certificate
    if certificate.kind is Kind.AUTHORITY:
        return authority_stem(certificate)
    parts = [certificate.eui.hex() if certificate.eui else "unknown", entry.use.value if entry.use else "unknown"]
    if certificate.kind is Kind.ORGANISATION and certificate.role not in roles_for(Purpose.TRUST_ANCHOR):
        parts.insert(1, certificate.role.label if certificate.role is not None else f"role-{certificate.role_code}")
    return "-".join(parts)


def authority_stem(certificate: Certificate) -> str:
    """What the files of an authority are called."""
    profile = profiles.profile_of(certificate)
    return _AUTHORITY_STEMS[profile.name] if profile else "ca"


def write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Writes a private key, for the owner's eyes only."""
    _write(path, _key_pem(key), 0o600)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, data: bytes, mode: int) -> None:
    """Replaces the file as a whole, so that a process killed half-way leaves the old one."""
    temporary = path.with_name(f".{path.name}.new")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(data)
    temporary.replace(path)
