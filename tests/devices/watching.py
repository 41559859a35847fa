"""Watches every device that a test makes: whatever it sends has to keep to `devices.invariants`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from devices.device import Device
from devices.invariants import Invariants


@contextmanager
def watched_devices() -> Iterator[None]:
    """Every device made in the meantime has an observer. Tests of restarts hand on their own."""
    initialise = Device.__init__

    def initialise_watched(self: Device, *arguments: Any, **named: Any) -> None:
        initialise(self, *arguments, **named)
        self.observers.append(Invariants())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Device, "__init__", initialise_watched)
        yield
