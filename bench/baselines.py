"""What a user would take instead: OpenSSL's own benchmark, `cryptography` in a loop, tshark."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.size import size
from gbcs import pcap

DETERMINISTIC = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_FIELDS = ("cra_flag", "originator_counter", "business_originator_id", "business_target_id", "message_code")
_ALGORITHM = bytes.fromhex("60857406080300")


def openssl_speed() -> dict[str, float] | None:
    """Seconds an operation of ``openssl speed`` on one core: sign, verify, agree. None where there is no openssl."""
    if shutil.which("openssl") is None:
        return None
    command = ["openssl", "speed", "-seconds", "1", "ecdsap256", "ecdhp256"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sign, verify = map(float, re.findall(r"\(nistp256\)\s+\S+s\s+\S+s\s+(\S+)\s+(\S+)", shown)[0])
    [agree] = map(float, re.findall(r"ecdh \(nistp256\)\s+\S+s\s+(\S+)", shown))
    return {"sign": 1 / sign, "verify": 1 / verify, "agree": 1 / agree}


def pyca_sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """r||s with the nonce of RFC 6979."""
    r, s = decode_dss_signature(key.sign(message, DETERMINISTIC))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def pyca_protect(bodies: list[bytes], secret: bytes, key: ec.EllipticCurvePrivateKey | None = None) -> list[bytes]:
    """Commands out of pre-commands, with as little Python as it takes: signature, KDF, GMAC and MAC header."""
    made = []
    for body in bodies:
        signed = body + (b"\x40" + pyca_sign(key, body[1:]) if key else b"\0")
        hashed = b"\0\0\0\1" + secret + _ALGORITHM + body[12:20] + body[1:11] + body[21:29]
        mac_key = hashlib.sha256(hashed).digest()[:16]
        tag = AESGCM(mac_key).encrypt(body[12:20] + bytes(4), b"", b"\x11\0\0\0\0\0" + signed)
        length = 5 + len(signed) + 12
        octets = (
            bytes((length,))
            if length < 128
            else b"\x81" + bytes((length,))
            if length < 256
            else (b"\x82" + length.to_bytes(2, "big"))
        )
        made.append(b"\xdd\0\0\0\0\0\0" + octets + b"\x11\0\0\0\0" + signed + tag[:12])
    return made


def pyca_encrypt(items: list[tuple[bytes, bytes]], texts: list[bytes]) -> list[bytes]:
    """Encrypted parts of messages, each by its key and nonce."""
    sealed = (AESGCM(key).encrypt(nonce, text, b"1") for (key, nonce), text in zip(items, texts, strict=True))
    return [b"1\0\0\0\0" + octets[:-4] for octets in sealed]


@cache
def _capture(count: int, messages: tuple[bytes, ...]) -> Path:
    path = Path(tempfile.mkdtemp(prefix="gbcs-bench-")) / f"{count}.pcap"
    records = [pcap.record(message) for message in messages]
    path.write_bytes(pcap.FILE_HEADER + b"".join(records[i % len(records)] for i in range(count)))
    return path


def tshark_fields(messages: tuple[bytes, ...], count: int = size(60_000, 6_000)) -> Callable[[], float] | None:
    """Seconds a message of ``tshark -T fields`` with five header columns, less its start, the best so far.

    None where there is no tshark.
    """
    if shutil.which("tshark") is None:
        return None
    best = dict.fromkeys((1, count), float("inf"))

    def run() -> float:
        for number in best:
            best[number] = min(best[number], _tshark(_capture(number, messages)))
        return (best[count] - best[1]) / (count - 1)

    return run


def _tshark(path: Path) -> float:
    command = ["tshark", "-r", str(path), "-T", "fields"]
    for field in _FIELDS:
        command += ["-e", f"gbcs_message.grouping_header.{field}"]
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - start
