"""Snapshots: all that a device would not forget, as a JSON document for its owner to keep.

A state holds private keys. It is sealed (AES-256-GCM) under a key that only a device with the same credentials can
make, so that nobody learns anything from a snapshot, and what was altered or is another device's cannot be restored.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from devices.control.problem import Problem
from devices.control.schema import EUI, MOMENT, STRING, Json, Schema, obj, whole
from devices.device import Device

_FORMAT = 1
_NONCE = 12

SNAPSHOT: Schema = obj(
    {
        "format": whole(_FORMAT, _FORMAT),
        "eui": EUI,
        "type": STRING,
        "variant": STRING,
        "time": MOMENT,
        "sealed": {"type": "string", "contentEncoding": "base64"},
    }
)


def take(
    device: Device, state: Mapping[str, bytes], now: datetime, random: Callable[[int], bytes] = os.urandom
) -> dict[str, Json]:
    """A snapshot of a device in that state."""
    named = {name: base64.b64encode(octets).decode() for name, octets in state.items()}
    header = _header(device) | {"time": now.isoformat()}
    nonce = random(_NONCE)
    sealed = AESGCM(device.anchors.sealing_key()).encrypt(
        nonce, zlib.compress(json.dumps(named).encode()), _bound(header)
    )
    return header | {"sealed": base64.b64encode(nonce + sealed).decode()}


def open_for(device: Device, snapshot: Mapping[str, Json]) -> dict[str, bytes]:
    """The state in a snapshot of this device.

    Raises:
        Problem: it is another device's, or was altered.
    """
    header = {name: value for name, value in snapshot.items() if name != "sealed"}
    for name, value in _header(device).items():
        if header[name] != value:
            raise Problem("conflict", f"a snapshot of {header[name]}, the device is {value}", f"body.{name}")
    try:
        sealed = base64.b64decode(snapshot["sealed"], validate=True)
        packed = AESGCM(device.anchors.sealing_key()).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(header))
    except (ValueError, InvalidTag):
        raise Problem("not-a-value", "no snapshot of this device, or altered", "body.sealed") from None
    return {name: base64.b64decode(octets) for name, octets in json.loads(zlib.decompress(packed)).items()}


def _header(device: Device) -> dict[str, Json]:
    return {
        "format": _FORMAT,
        "eui": device.eui.hex(),
        "type": device.device_type.value,
        "variant": device.variant.value,
    }


def _bound(header: Mapping[str, Json]) -> bytes:
    """What the seal is bound to."""
    return json.dumps(header, sort_keys=True).encode()
