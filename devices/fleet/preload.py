"""What the fork server of a fleet has before it forks: all modules, and what they make once when first used."""

from __future__ import annotations

import gc

import devices
from devices.fleet import worker  # noqa: F401 - imported for those who are forked

with devices.esme() as _meter, devices.gpf() as _gpf:
    _meter.advance(_meter.now)
    _gpf.advance(_gpf.now)
del _meter, _gpf
# Pages of objects that the collector does not look at are never written, and stay shared by all processes.
gc.collect()
gc.freeze()
