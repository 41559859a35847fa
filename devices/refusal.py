"""Which command an alert refuses because the device does not support it (ECS100)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gbcs.errors import DecodeError, GbcsError
from gbcs.message import Message
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context

_ECS100 = USE_CASES["ECS100"]


def refused_counter(alert: Message) -> int | None:
    """The originator counter of the command that an alert refuses; None for any other message.

    Raises:
        DecodeError: it is such an alert, and cannot be read.
    """
    if alert.message_code not in _ECS100.message_codes or _ECS100.payload is None:
        return None
    try:
        payload: Mapping[str, Any] = _ECS100.payload.decode(Context(alert))
        return int(payload["command"]["originator_counter"])
    except (GbcsError, KeyError) as error:
        raise DecodeError("command", 0, str(error)) from error
