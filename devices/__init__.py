"""Emulated devices: electricity meter (ESME), controller (SAPC) and Communications Hub, as objects and as processes.

::

    with devices.esme() as meter:
        [response] = meter.receive(command, meter.now)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devices.in_process import esme as esme
    from devices.in_process import sapc as sapc

_LAZY = ("esme", "sapc")


def __getattr__(name: str) -> Any:
    # So that a command line's help need not wait for all that a meter imports.
    if name in _LAZY:
        return getattr(import_module("devices.in_process"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
