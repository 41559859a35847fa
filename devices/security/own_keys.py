"""The device's own key pairs and certificates: made, replaced and told (use cases CS02c, CS02d, CS02e)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from devices.alerts import AlertCode
from devices.device import Device
from devices.trust_anchors import key_octets, load_key
from gbcs.cosem.types import Value
from gbcs.message import Message
from gbcs.roles import KeyUse
from gbcs.usecases.model import Payload
from smki.certificate import Certificate, Kind
from smki.errors import CertificateError

_USES = {"digitalSignature": KeyUse.DS, "keyAgreement": KeyUse.KA}
_EVENTS = {
    KeyUse.DS: (AlertCode.SIGNING_CERTIFICATE_FAILED, AlertCode.SIGNING_CERTIFICATE_REPLACED),
    KeyUse.KA: (AlertCode.AGREEMENT_CERTIFICATE_FAILED, AlertCode.AGREEMENT_CERTIFICATE_REPLACED),
}
_INVALID_KEY_USAGE, _NO_CERTIFICATE_HELD = 1, 2


class Installed(IntEnum):
    """Outcome of CS02d."""

    SUCCESS = 0
    INVALID_CERTIFICATE = 1
    WRONG_DEVICE_IDENTITY = 2
    INVALID_KEY_USAGE = 3
    NO_KEY_PAIR = 4
    WRONG_PUBLIC_KEY = 5


class OwnKeys:
    """The device's own credentials, for its supplier. At most one new key pair a use waits for its certificate."""

    def __init__(
        self,
        device: Device,
        make_key: Callable[[], ec.EllipticCurvePrivateKey] = lambda: ec.generate_private_key(ec.SECP256R1()),
    ) -> None:
        self._device = device
        self._make_key = make_key
        device.functions |= {"CS02c": self._issue, "CS02d": self._install, "CS02e": self._tell}

    def _issue(self, command: Message, request: Payload) -> Mapping[str, Value]:  # noqa: ARG002
        use = _use(request)
        if use is None:
            return {"response_code": _INVALID_KEY_USAGE}
        key = self._make_key()
        self._device.store[_pending(use)] = key_octets(key)
        wanted = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        wanted = wanted.add_extension(_key_usage(use), critical=True)
        if name := self._device_name():
            wanted = wanted.add_extension(name.value, critical=name.critical)
        return {"certification_request": wanted.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)}

    def _device_name(self) -> x509.Extension[x509.SubjectAlternativeName] | None:
        """The name of the device as its present certificate has it."""
        certificate = self._device.anchors.own_certificate(KeyUse.DS)
        try:
            extensions = (
                x509.load_der_x509_certificate(certificate.der).extensions if certificate else x509.Extensions([])
            )
            return extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except (ValueError, x509.ExtensionNotFound):
            return None

    def _install(self, command: Message, request: Payload) -> Mapping[str, Value]:  # noqa: ARG002
        outcome, use = self._try(request["certificate"])
        if use is not None:
            self._device.log_security(_EVENTS[use][outcome is Installed.SUCCESS])
        return {"response_code": outcome}

    def _try(self, der: bytes) -> tuple[Installed, KeyUse | None]:
        try:
            certificate = Certificate.load(der)
        except CertificateError:
            return Installed.INVALID_CERTIFICATE, None
        use = certificate.use
        if certificate.kind is not Kind.DEVICE or use not in _EVENTS:
            return Installed.INVALID_KEY_USAGE, None
        if certificate.eui != self._device.eui:
            return Installed.WRONG_DEVICE_IDENTITY, use
        octets = self._device.store.get(_pending(use))
        if octets is None:
            return Installed.NO_KEY_PAIR, use
        key = load_key(octets)
        if key.public_key() != certificate.public_key:
            return Installed.WRONG_PUBLIC_KEY, use
        replace = partial(self._device.anchors.replace_own, use, key, certificate)
        del self._device.store[_pending(use)]
        if self._device.settings.sign_with_new_key:
            replace()
        else:
            self._device.afterwards.append(replace)
        return Installed.SUCCESS, use

    def _tell(self, command: Message, request: Payload) -> Mapping[str, Value]:  # noqa: ARG002
        use = _use(request)
        if use is None:
            return {"response_code": _INVALID_KEY_USAGE}
        certificate = self._device.anchors.own_certificate(use)
        return {"certificate": certificate.der} if certificate else {"response_code": _NO_CERTIFICATE_HELD}


def _use(request: Payload) -> KeyUse | None:
    (usage, *others) = request["key_usage"] or ("",)
    return None if others else _USES.get(usage)


def _pending(use: KeyUse) -> str:
    return f"pending key/{use.name}"


def _key_usage(use: KeyUse) -> x509.KeyUsage:
    flags = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(digital_signature=use is KeyUse.DS, key_agreement=use is KeyUse.KA, **flags)
