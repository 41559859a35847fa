"""Watches every device that a test makes: whatever it sends has to keep to `devices.invariants`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from devices.cosem.server import CosemServer
from devices.device import Device
from devices.invariants import Invariants
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64


@contextmanager
def watched_devices() -> Iterator[None]:
    """Every device made in the meantime has an observer; one made from another's state has that one's."""
    initialise = Device.__init__
    observers: dict[Eui64, Invariants] = {}

    def initialise_watched(
        self: Device, device_type: DeviceType, anchors: TrustAnchors, cosem: CosemServer, store: Store, **rest: Any
    ) -> None:
        is_new = not store.keys() - {"owner"}
        initialise(self, device_type, anchors, cosem, store, **rest)
        if is_new or anchors.device not in observers:
            observers[anchors.device] = Invariants()
        self.observers.append(observers[anchors.device])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Device, "__init__", initialise_watched)
        yield
