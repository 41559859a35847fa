"""The OpenAPI 3.1 document of the control plane, made from the table of routes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from devices.control.problem import KINDS
from devices.control.routes import JSON, PARAMETERS, ROUTES, Route
from devices.control.schema import STRING, Json, obj, one_of

PROBLEM_JSON = "application/problem+json"
_PROBLEM = obj(
    {
        "type": one_of(f"urn:gbcs-rig:problem:{kind}" for kind in KINDS),
        "title": STRING,
        "status": {"type": "integer"},
        "detail": STRING,
    },
    {"where": STRING | {"description": "the part of the request that is meant, such as body.value.index"}},
)


@cache
def document() -> dict[str, Json]:
    """The whole document."""
    paths: dict[str, dict[str, Json]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Control plane of emulated smart metering devices", "version": "1.0.0"},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in _distinct(route.tag for route in ROUTES)],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        # A process on loopback may do without a token.
        "security": [{"token": []}, {}],
    }


def _operation(route: Route) -> dict[str, Json]:
    operation: dict[str, Json] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "description": PARAMETERS[name], "schema": STRING}
            for name in route.parameters
        ]
        + [{"name": name, "in": "query", "schema": schema} for name, schema in route.query.items()],
        "responses": {
            **_success(route),
            "default": {
                "description": "It was not done, for the reason told",
                "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if route.body is not None:
        needed = bool(route.body.get("required") or route.body.get("minProperties"))
        operation["requestBody"] = {"required": needed, "content": {JSON: {"schema": route.body}}}
    if route.is_open:
        operation["security"] = []
    return operation


def _success(route: Route) -> dict[str, Json]:
    if route.answer is None:
        return {"204": {"description": "Done"}}
    return {"200": {"description": "Done", "content": {route.media: {"schema": route.answer}}}}


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
