"""The HTTP interface as a table: paths, what they take and give, and what does it. Document and server follow it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from devices.control import operations as does
from devices.control.actions import ACTIONS
from devices.control.members import RESULTS
from devices.control.messages import MESSAGE
from devices.control.operations import LONGEST_STEP, Request
from devices.control.plane import ControlPlane
from devices.control.schema import (
    ANY,
    BOOLEAN,
    COUNT,
    EUI,
    MOMENT,
    NUMBER,
    STRING,
    Json,
    Schema,
    array,
    nullable,
    obj,
    one_of,
    whole,
)
from devices.control.snapshot import SNAPSHOT
from gbcs.device_type import DeviceType

Operation: TypeAlias = Callable[[ControlPlane, Request], Json | Awaitable[Json]]

JSON, TEXT, EVENTS = "application/json", "text/plain; version=0.0.4; charset=utf-8", "text/event-stream"
#: Octets of a body; a snapshot of a meter whose logs are full is some hundred thousand.
_SMALL, _LARGE = 1 << 16, 1 << 25

_TYPES = one_of(DeviceType)
_DESCRIBED: Mapping[str, Schema] = {
    "eui": EUI,
    "type": _TYPES,
    "variant": STRING,
    "state": one_of(("powered", "unpowered")),
}
_SUMMARY = obj(
    {
        **_DESCRIBED,
        "time": MOMENT,
        "time_is_reliable": BOOLEAN,
        "stored_octets": COUNT,
        "logs": {"type": "object", "additionalProperties": COUNT},
        "actions": array(STRING),
        "faults": COUNT,
    }
)
_VALUE = obj({"object": STRING, "attribute": STRING, "value": ANY})
_FAULT = obj({"object": STRING, "name": STRING, "result": one_of(RESULTS)})
_CLOCK = obj({"time": MOMENT, "speed": NUMBER, "adjustable": BOOLEAN})
_LINK_SETTINGS: Schema = {
    "type": "object",
    "additionalProperties": {"type": ["boolean", "number", "string", "object"]},
    "description": "whatever the process's links offer; a table of settings may be changed in part",
}
_DONE = obj({"done": BOOLEAN | {"description": "false tells of no effect"}, "messages": COUNT})
_LIMIT = {"limit": whole(1, 10_000, default=does.DEFAULT_LIMIT)}
#: A device in a query: in any form that an identifier has.
_DEVICE: Mapping[str, Schema] = {"device": STRING | {"description": "EUI-64 of the one device that is wanted"}}

#: What stands in a path.
PARAMETERS: Mapping[str, str] = {
    "eui": "EUI-64 of a device: 16 hexadecimal digits, or with - between octets",
    "object": "label of a COSEM object, as in decoded messages, or name of a ZCL cluster",
    "attribute": "name of an attribute",
    "name": "name of an attribute, method or command",
    "log": "label of a log",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the interface.

    Attributes:
        name: of the operation, unique.
        does: what it does; None for the two that the server itself answers.
        query: schemas by name of a parameter; none is needed.
        body: schema of a JSON body; None takes none.
        answer: schema of the answer; None for an answer without a body.
        media: of the answer.
        limit: octets of a body at most.
        is_open: served without a token.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    does: Operation | None
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    answer: Schema | None = None
    media: str = JSON
    limit: int = _SMALL
    is_open: bool = False

    @property
    def parameters(self) -> list[str]:
        """The names in the path."""
        return re.findall(r"\{(\w+)\}", self.path)


_MEMBER = "/devices/{eui}/faults/{object}/{name}"
_ATTRIBUTE = "/devices/{eui}/attributes/{object}/{attribute}"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/openapi.json", "getDocument", "process", "This interface (OpenAPI 3.1)", None, answer=ANY),
    Route(
        "GET",
        "/health/live",
        "getHealth",
        "process",
        "The process answers",
        does.health,
        answer=obj({"status": STRING}),
        is_open=True,
    ),
    Route(
        "GET",
        "/health/ready",
        "getReadiness",
        "process",
        "All links are up; status 503 if not",
        does.readiness,
        answer=obj({"status": STRING, "links": {"type": "object", "additionalProperties": BOOLEAN}}),
        is_open=True,
    ),
    Route(
        "GET", "/metrics", "getMetrics", "process", "Figures for Prometheus", does.metrics, answer=STRING, media=TEXT
    ),
    Route("GET", "/clock", "getClock", "process", "The process clock", does.clock, answer=_CLOCK),
    Route(
        "PATCH",
        "/clock",
        "setClock",
        "process",
        "Moves the clock on by seconds or to a time, or changes its speed; 0 stands still",
        does.set_clock,
        body=obj(
            {},
            {
                "advance": {"type": "number", "minimum": 0, "maximum": LONGEST_STEP},
                "time": MOMENT,
                "speed": {"type": "number", "minimum": 0, "maximum": 10**6},
            },
            minProperties=1,
            maxProperties=1,
        ),
        answer=_CLOCK,
    ),
    Route(
        "GET",
        "/link",
        "getLinkSettings",
        "process",
        "Loss, delay and the like on the process's links",
        does.link_faults,
        answer=_LINK_SETTINGS,
    ),
    Route(
        "PATCH",
        "/link",
        "setLinkSettings",
        "process",
        "Changes settings of the links",
        does.set_link_faults,
        body=_LINK_SETTINGS,
        answer=_LINK_SETTINGS,
    ),
    Route(
        "GET",
        "/messages",
        "getMessages",
        "messages",
        "What was received and sent lately, oldest first; with `after` what follows, `last` being the next `after`",
        does.messages,
        query={**_DEVICE, **_LIMIT, "after": COUNT | {"description": "number of the last message already seen"}},
        answer=obj({"messages": array(MESSAGE), "last": COUNT, "lost": COUNT}),
    ),
    Route(
        "GET",
        "/messages/stream",
        "streamMessages",
        "messages",
        "Messages as they come and go, as Server-Sent Events: `message`, or `lost` with how many were missed",
        None,
        query=_DEVICE,
        answer=STRING,
        media=EVENTS,
    ),
    Route(
        "GET",
        "/codes",
        "getCodes",
        "logs",
        "Names of the alert and event codes",
        does.event_codes,
        answer=obj({"codes": {"type": "object", "additionalProperties": STRING}}),
    ),
    Route(
        "GET",
        "/devices",
        "getDevices",
        "devices",
        "The devices, by identifier",
        does.devices,
        query={**_LIMIT, "after": EUI, "type": _TYPES},
        answer=obj({"devices": array(obj(_DESCRIBED)), "next": nullable(EUI)}),
    ),
    Route("GET", "/devices/{eui}", "getDevice", "devices", "One device", does.device_summary, answer=_SUMMARY),
    Route(
        "GET",
        "/devices/{eui}/attributes",
        "getAttributes",
        "attributes",
        "What attributes, methods and ZCL commands there are",
        does.attributes,
        query={"object": STRING},
        answer=obj(
            {
                "attributes": array(
                    obj(
                        {
                            "object": STRING,
                            "name": STRING,
                            "kind": one_of(("attribute", "method", "command")),
                            "meaning": STRING,
                            "class_id": COUNT,
                            "instance": STRING,
                            "number": COUNT,
                        }
                    )
                )
            }
        ),
    ),
    Route("GET", _ATTRIBUTE, "readAttribute", "attributes", "Reads an attribute", does.read_attribute, answer=_VALUE),
    Route(
        "PUT",
        _ATTRIBUTE,
        "writeAttribute",
        "attributes",
        "Gives an attribute a value, in the form in which it is read",
        does.write_attribute,
        body=obj({"value": ANY}),
        answer=_VALUE,
    ),
    Route(
        "GET",
        "/devices/{eui}/faults",
        "getFaults",
        "faults",
        "Broken attributes, methods and commands",
        does.faults,
        answer=obj({"faults": array(_FAULT)}),
    ),
    Route(
        "PUT",
        _MEMBER,
        "break",
        "faults",
        "Breaks an attribute, method or command: whoever asks for it gets the result from now on",
        does.break_member,
        body=obj(
            {}, {"result": one_of(RESULTS) | {"description": "hardware-fault if absent, in ZCL hardware-failure"}}
        ),
        answer=_FAULT,
    ),
    Route("DELETE", _MEMBER, "mend", "faults", "Mends it", does.mend_member),
    Route(
        "GET",
        "/devices/{eui}/logs",
        "getLogs",
        "logs",
        "What logs and profiles there are",
        does.logs,
        answer=obj({"logs": array(obj({"log": STRING, "entries": COUNT, "capacity": COUNT}))}),
    ),
    Route(
        "GET",
        "/devices/{eui}/logs/{log}",
        "readLog",
        "logs",
        "The newest entries, oldest first",
        does.read_log,
        query=_LIMIT,
        answer=obj({"log": STRING, "entries": array({"type": "object"})}),
    ),
    Route(
        "GET",
        "/devices/{eui}/snapshot",
        "takeSnapshot",
        "state",
        "All that the device would not forget; its keys are sealed",
        does.take_snapshot,
        answer=SNAPSHOT,
    ),
    Route(
        "PUT",
        "/devices/{eui}/snapshot",
        "restoreSnapshot",
        "state",
        "Makes the device what it was when the snapshot was taken; what was broken is mended",
        does.restore_snapshot,
        body=SNAPSHOT,
        answer=_SUMMARY,
        limit=_LARGE,
    ),
    Route(
        "POST",
        "/devices/{eui}/reset",
        "reset",
        "state",
        "Makes the device what it was when it left the factory",
        does.reset,
        answer=_SUMMARY,
    ),
    *(
        Route(
            "POST",
            f"/devices/{{eui}}/actions/{action.name}",
            "do" + action.name.title().replace("-", ""),
            "actions",
            action.summary,
            partial(does.act, action),
            body=action.body,
            answer=_DONE,
            limit=_LARGE if "image" in action.body["properties"] else _SMALL,
        )
        for action in ACTIONS
    ),
)
