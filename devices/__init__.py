"""Emulated devices: meter (ESME), controller (SAPC), Communications Hub and gas proxy, as objects and as processes.

::

    with devices.esme() as meter:
        [response] = meter.receive(command, meter.now)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devices.home.in_process import premises as premises
    from devices.in_process import esme as esme
    from devices.in_process import gpf as gpf
    from devices.in_process import sapc as sapc

_IN_PROCESS = "devices.in_process"
_LAZY = {"esme": _IN_PROCESS, "sapc": _IN_PROCESS, "gpf": _IN_PROCESS, "premises": "devices.home.in_process"}


def __getattr__(name: str) -> Any:
    # So that a command line's help need not wait for all that a meter imports.
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
