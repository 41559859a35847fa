"""What the signing tool does with documents, as its users know it: check, number, sign; verify."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from duis import markup
from duis.document import Response, parse, request_id_of, set_counter
from duis.errors import Check, DuisError, SignatureError
from duis.identifiers import RequestID
from duis.markup import Node
from duis.signature import BatchSigner, SerialSigner, Verifier
from duis.signature.signing import Prepared, finish_many, prepare
from duis.xsd import Schemas
from gbcs.errors import GbcsError, MissingKeyError
from gbcs.eui64 import Eui64
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security.ecc import SoftwareSigner
from smki.certificate import Certificate
from smki.keystore import Keystore

#: What makes a signer of many documents of a private key; there may be faster ones for test keys.
MakeBatchSigner = Callable[[ec.EllipticCurvePrivateKey], BatchSigner]


def one_by_one(key: ec.EllipticCurvePrivateKey) -> BatchSigner:
    """Signs by OpenSSL, one document after the other."""
    return SerialSigner(SoftwareSigner(key))


class Signatory(NamedTuple):
    """A private key and its certificate."""

    signer: BatchSigner
    certificate: Certificate


#: Whose key signs a document: that of the originator of a Request, or the DCC's where there is none. Raises
#: `gbcs.errors.MissingKeyError`.
Signatories = Callable[[RequestID | None], Signatory]


class KeystoreSignatories:
    """`Signatories` by the xmlSign and dspXmlSign keys of a keystore."""

    def __init__(self, keystore: Keystore, batch: MakeBatchSigner = one_by_one) -> None:
        self._keystore = keystore
        self._batch = batch
        self._known: dict[Eui64, Signatory] = {}

    def __call__(self, request_id: RequestID | None) -> Signatory:
        """See `Signatories`."""
        party = request_id.originator if request_id else self._dcc()
        if party not in self._known:
            signer, certificate = self._keystore.xml_signer(party)
            held = self._keystore.entries(party, KeyUse.DS, role=certificate.role)
            key = next((entry.private_key for entry in held if entry.certificate == certificate), None)
            self._known[party] = Signatory(self._batch(key) if key else SerialSigner(signer), certificate)
        return self._known[party]

    def _dcc(self) -> Eui64:
        role = RemotePartyRole.DSP_XML_SIGN
        for entry in self._keystore.entries(use=KeyUse.DS, role=role):
            if entry.certificate.eui:
                return entry.certificate.eui
        raise MissingKeyError(f"{role.label} certificate")


@dataclass(slots=True)
class SigningTool:
    """Signs and verifies.

    Attributes:
        signatories: whose keys sign.
        milliseconds: gives the time since 1970 for the counters of RequestIDs.
        check: documents are checked against the tables before they are signed.
        schemas: and against the official schemas.
    """

    signatories: Signatories
    milliseconds: Callable[[], int]
    check: bool = True
    schemas: Schemas | None = None
    _counter: int = field(default=0, init=False)

    def sign(self, document: bytes, *, preserve_counter: bool = False) -> bytes:
        """The document with its signature, in place of any that it had.

        The counter in the RequestID of a Request becomes the time in milliseconds, or one more than the last, so that
        no two are equal. A Signed Pre-Command needs the one that it has, for its own signature holds it.

        Raises:
            DocumentError: the document is not one of DUIS.
            MissingKeyError: the key of its originator is not held.
        """
        (result,) = self.sign_many([document], preserve_counter=preserve_counter)
        if isinstance(result, Exception):
            raise result
        return result

    def sign_many(
        self, documents: Iterable[bytes], *, preserve_counter: bool = False
    ) -> list[bytes | DuisError | GbcsError]:
        """For each document what `sign` gives, or the error it raises."""
        results: list[bytes | DuisError | GbcsError] = []
        batches: dict[Certificate, tuple[Signatory, dict[int, Prepared]]] = {}
        for position, document in enumerate(documents):
            results.append(b"")
            try:
                root, signatory = self._checked(document, preserve_counter)
                _, batch = batches.setdefault(signatory.certificate, (signatory, {}))
                batch[position] = prepare(root)
            except (DuisError, GbcsError) as error:
                results[position] = error
        for signatory, batch in batches.values():
            signed = finish_many(list(batch.values()), signatory.signer, signatory.certificate)
            for position, document in zip(batch, signed, strict=True):
                results[position] = document
        return results

    def _checked(self, document: bytes, preserve_counter: bool) -> tuple[Node, Signatory]:
        root = markup.parse(document)
        if self.check:
            parse(document)
        if self.schemas:
            self.schemas.validate(document)
        if root.tag != markup.REQUEST:
            return root, self.signatories(None)
        signatory = self.signatories(request_id_of(root))
        if not preserve_counter:
            self._counter = max(self._counter + 1, self.milliseconds())
            set_counter(root, self._counter)
        return root, signatory


def acknowledged(document: bytes) -> bytes | None:
    """The canonical octets of a Response without a signature and without a payload, which vouches for nothing.

    The DCC leaves acknowledgements and errors unsigned; for anything else the value is None.

    Raises:
        DocumentError: the document is not one of DUIS.
    """
    root = markup.parse(document)
    response = parse(document)
    if root.find(f".//{markup.SIGNATURE}") is None and isinstance(response, Response) and not response.payload:
        markup.compact(root)
        return markup.canonical(root)
    return None


class Vouched(NamedTuple):
    """What a signature vouches for, notes on it, and whose it is: None for an acknowledgement, which nobody signed."""

    content: bytes
    notes: Sequence[str]
    certificate: Certificate | None


def verified(verifier: Verifier, document: bytes, at: datetime, *, unsigned: bool) -> Vouched:
    """Verifies a document; where `unsigned` allows it, an acknowledgement may be without a signature.

    Raises:
        DocumentError, SignatureError, MissingKeyError: as `Verifier.verify` does.
    """
    try:
        found = verifier.verify(document, at)
    except SignatureError as error:
        content = acknowledged(document) if unsigned and error.check is Check.MISSING else None
        if content is None:
            raise
        return Vouched(content, ("an acknowledgement, not signed by anyone",), None)
    return Vouched(found.content, found.notes, found.certificate)
