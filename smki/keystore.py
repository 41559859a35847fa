"""The keystore: certificates and private keys of every party a rig plays or meets, asked by party, use and role."""

from __future__ import annotations

from datetime import datetime
from os import PathLike
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.errors import MissingKeyError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, Purpose, RemotePartyRole, roles_for
from gbcs.security.ecc import agree
from smki import storage
from smki.certificate import Certificate, parse_name
from smki.errors import CertificateError, KeystoreError
from smki.signer import KeySigner, Signer
from smki.storage import Contents, Entry

_XML_ROLES = (*roles_for(Purpose.USER_XML_SIGNATURE), *roles_for(Purpose.DCC_XML_SIGNATURE))


class Keystore:
    """Keys by party; satisfies `gbcs.security.keys.Keys`.

    A party may hold several certificates for one use. The newest by notBefore (then by serial) is taken, whether it
    has expired or not, unless a query names a time. For GBCS only those certificates count that `gbcs.roles` has for
    it: an xmlSign key never signs a message, and never verifies one.
    """

    def __init__(self, contents: Contents | None = None) -> None:
        contents = contents or Contents()
        self._entries: dict[tuple[Certificate, KeyUse | None], Entry] = {}
        self._by_party: dict[Eui64, dict[tuple[Certificate, KeyUse | None], Entry]] = {}
        self._by_role: dict[RemotePartyRole, dict[tuple[Certificate, KeyUse | None], Entry]] = {}
        self._by_serial: dict[int, dict[Certificate, None]] = {}
        self._loose = contents.loose
        self._notes = contents.notes
        self._broker: Eui64 | None = None
        #: What lookups gave, until another key comes.
        self._chosen: dict[tuple[Eui64, KeyUse], Entry] = {}
        self._secrets: dict[tuple[Eui64, Eui64, KeyUse], bytes] = {}
        for entry in contents.entries:
            self._hold(entry)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd in the files the keystore was read from, each note beginning with the file's name."""
        return tuple(self._notes)

    def add(
        self,
        certificate: Certificate,
        private_key: ec.EllipticCurvePrivateKey | None = None,
        use: KeyUse | None = None,
    ) -> None:
        """Holds a certificate, and its private key if given; `use` is needed for `KeyUse.PP` only.

        Raises:
            KeystoreError: the private key or the use is not the certificate's.
        """
        if use not in (None, certificate.use) and (use, certificate.use) != (KeyUse.PP, KeyUse.KA):
            raise KeystoreError(f"{certificate} is not for {use.label}")
        if private_key and private_key.public_key() != certificate.public_key:
            raise KeystoreError(f"the private key is not that of {certificate}")
        self._hold(Entry(certificate, private_key, use or certificate.use, ""))
        self._broker = None
        self._chosen.clear()
        self._secrets.clear()

    def save(self, path: str | PathLike[str], password: bytes | None = None) -> None:
        """Writes a JSON keystore where `path` ends in ``.json``, PKCS #12 for ``.p12``, else a folder of PEM files.

        Args:
            path: where to.
            password: encrypts a PKCS #12 file, which holds one private key and any number of certificates.

        Raises:
            KeystoreError: more than one private key for PKCS #12, or one that a hardware module does not show.
        """
        target = Path(path)
        if target.suffix == ".json":
            storage.write_json(target, self._entries.values())
        elif target.suffix.lower() in storage.PKCS12_SUFFIXES:
            storage.write_pkcs12(target, list(self._entries.values()), password)
        else:
            storage.write_folder(target, self._entries.values(), self._loose)

    def entries(
        self,
        party: Eui64 | None = None,
        use: KeyUse | None = None,
        *,
        role: RemotePartyRole | None = None,
        at: datetime | None = None,
    ) -> list[Entry]:
        """The certificates of a party, use and role that are valid at a time, newest first; `None` is any."""
        held = self._entries
        if party is not None:
            held = self._by_party.get(party, {})
        elif role is not None:
            held = self._by_role.get(role, {})
        found = (
            entry
            for entry in held.values()
            if (use is None or entry.use is use)
            and (role is None or entry.certificate.role is role)
            and (at is None or entry.certificate.is_valid_at(at))
        )
        return sorted(found, key=lambda entry: entry.age, reverse=True)

    def find(
        self, party: Eui64, use: KeyUse, *, role: RemotePartyRole | None = None, at: datetime | None = None
    ) -> Entry:
        """The newest that `entries` gives.

        Raises:
            MissingKeyError: there is none.
        """
        return _first(self.entries(party, use, role=role, at=at), party, use)

    def certificate_by_serial(self, serial: int) -> Certificate:
        """The certificate with this serial; the newest, should several issuers have given it.

        Raises:
            MissingKeyError: there is none.
        """
        held = self._by_serial.get(serial)
        if not held:
            raise MissingKeyError(f"certificate with serial {serial:x}")
        return max(held, key=lambda certificate: certificate.not_before)

    def certificate_by_issuer_serial(self, issuer: str | x509.Name, serial: int) -> Certificate:
        """The certificate that a signature's X509IssuerSerial names; `issuer` as text like ``CN=Z1,OU=07``.

        Names are compared by content: the same components in the same order, whatever the blanks and string types.

        Raises:
            MissingKeyError: there is none, or `issuer` is not a distinguished name.
        """
        try:
            name = parse_name(issuer) if isinstance(issuer, str) else issuer
            return next(held for held in self._by_serial.get(serial, ()) if held.issuer == name)
        except (CertificateError, StopIteration):
            shown = issuer if isinstance(issuer, str) else issuer.rfc4514_string()
            raise MissingKeyError(f"certificate with serial {serial:x} of issuer {shown}") from None

    def key(
        self, party: Eui64, use: KeyUse, *, role: RemotePartyRole | None = None, at: datetime | None = None
    ) -> Signer:
        """The private key, with its certificate, of what `find` gives.

        Raises:
            MissingKeyError: the certificate or its private key is not held.
        """
        return _signer(self.find(party, use, role=role, at=at), f"{party.hex()} {use.name}")

    def xml_signer(self, party: Eui64, *, at: datetime | None = None) -> tuple[Signer, Certificate]:
        """The key and certificate with which a party signs DUIS XML: its xmlSign, or the DCC's dspXmlSign.

        Raises:
            MissingKeyError: the certificate or its private key is not held.
        """
        for role in _XML_ROLES:
            for entry in self.entries(party, KeyUse.DS, role=role, at=at)[:1]:
                return _signer(entry, f"{party.hex()} {role.label}"), entry.certificate
        raise MissingKeyError(f"{party.hex()} {_XML_ROLES[0].label} certificate")

    def broker(self) -> Eui64:
        """See `gbcs.security.keys.Keys`; the newest holder of the role, should there be several."""
        if self._broker is None:
            held = self.entries(use=KeyUse.KA, role=RemotePartyRole.ACCESS_CONTROL_BROKER)
            self._broker = next((entry.certificate.eui for entry in held if entry.certificate.eui), None)
        if self._broker is None:
            raise MissingKeyError(f"{RemotePartyRole.ACCESS_CONTROL_BROKER.label} KA certificate")
        return self._broker

    def signer(self, party: Eui64) -> Signer:
        """See `gbcs.security.keys.Keys`."""
        return _signer(self._gbcs(party, KeyUse.DS), f"{party.hex()} DS")

    def verifying_key(self, party: Eui64) -> ec.EllipticCurvePublicKey:
        """See `gbcs.security.keys.Keys`."""
        return self._gbcs(party, KeyUse.DS).certificate.public_key

    def shared_secret(self, one: Eui64, other: Eui64, use: KeyUse = KeyUse.KA) -> bytes:
        """See `gbcs.security.keys.Keys`."""
        parties = (one, other, use)
        secret = self._secrets.get(parties)
        if secret is None:
            private, public = self._agreement_keys(one, use)
            other_private, other_public = self._agreement_keys(other, KeyUse.KA)
            if private:
                secret = agree(private, other_public)
            elif other_private:
                secret = agree(other_private, public)
            else:
                raise MissingKeyError(f"{one.hex()} {use.name} or {other.hex()} KA private key")
            self._secrets[parties] = secret
            if use is KeyUse.KA:
                self._secrets[other, one, use] = secret
        return secret

    def _agreement_keys(
        self, party: Eui64, use: KeyUse
    ) -> tuple[ec.EllipticCurvePrivateKey | None, ec.EllipticCurvePublicKey]:
        loose = self._loose.get((party, use))
        if loose and not self.entries(party, use):
            return loose, loose.public_key()
        entry = self._gbcs(party, use)
        return entry.private_key, entry.certificate.public_key

    def _gbcs(self, party: Eui64, use: KeyUse) -> Entry:
        chosen = self._chosen.get((party, use))
        if chosen is None:
            purpose = Purpose.GBCS_SIGNATURE if use is KeyUse.DS else Purpose.GBCS_KEY_AGREEMENT
            suitable = [entry for entry in self.entries(party, use) if entry.certificate.serves(purpose)]
            chosen = self._chosen[party, use] = _first(suitable, party, use)
        return chosen

    def _hold(self, entry: Entry) -> None:
        certificate = entry.certificate
        key = (certificate, entry.use)
        held = self._entries.get(key)
        if held and held.private_key:
            return
        self._entries[key] = entry
        self._by_serial.setdefault(certificate.serial, {})[certificate] = None
        if certificate.eui:
            self._by_party.setdefault(certificate.eui, {})[key] = entry
        if certificate.role is not None:
            self._by_role.setdefault(certificate.role, {})[key] = entry


def open_keystore(path: str | PathLike[str], password: bytes | None = None) -> Keystore:
    """Opens a folder of PEM files, one such file, a JSON keystore, or PKCS #12; oddities are in `Keystore.notes`.

    Raises:
        KeystoreError: it is nothing of these, or `password` is not that of a PKCS #12 file.
        OSError: the operating system does not let it be read.
    """
    return Keystore(storage.read(Path(path), password))


def _first(entries: list[Entry], party: Eui64, use: KeyUse) -> Entry:
    if not entries:
        raise MissingKeyError(f"{party.hex()} {use.name} certificate")
    return entries[0]


def _signer(entry: Entry, key: str) -> Signer:
    if entry.private_key is None:
        raise MissingKeyError(f"{key} private key")
    return KeySigner(entry.certificate, entry.private_key)
