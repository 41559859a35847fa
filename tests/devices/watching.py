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

#: Names, in a device's state, the observer that it had before a restart.
_NAME = "watched by"


@contextmanager
def watched_devices() -> Iterator[None]:
    """Every device made in the meantime has an observer; one made from another's state has that one's."""
    initialise = Device.__init__
    observers: list[Invariants] = []

    def initialise_watched(
        self: Device, device_type: DeviceType, anchors: TrustAnchors, cosem: CosemServer, store: Store, **rest: Any
    ) -> None:
        initialise(self, device_type, anchors, cosem, store, **rest)
        if _NAME not in store:
            store[_NAME] = b"%d" % len(observers)
            observers.append(Invariants())
        self.observers.append(observers[int(store[_NAME])])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Device, "__init__", initialise_watched)
        yield
