"""`duis template`."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from duis import templates
from duis.document import Request, from_json
from duis.errors import DuisError
from duis.identifiers import RequestID
from duis.services import SERVICES, FutureDating, Service

_STEP = re.compile(r"([@#]?\w+)(?:\[([1-9][0-9]*)\])?")


def run(arguments: argparse.Namespace) -> int:
    {"list": _list, "show": _show, "new": _new}[arguments.action](arguments)
    return 0


def _list(arguments: argparse.Namespace) -> None:
    for service in SERVICES.values():
        if arguments.json:
            print(json.dumps({"srv": service.variant, "element": service.element, **_facts(service)}))
        else:
            numbers = ",".join(map(str, sorted(service.command_variants)))
            print(f"{service.variant:7} {service.element:66} {numbers:8} {' '.join(sorted(service.roles))}".rstrip())


def _show(arguments: argparse.Namespace) -> None:
    service = SERVICES.get(arguments.srv)
    if not service:
        raise DuisError(f"no service {arguments.srv}, only {', '.join(SERVICES)}")
    for name, value in _facts(service).items():
        print(f"# {name.replace('_', ' ')}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    for line in templates.describe(service.body):
        print(line)


def _facts(service: Service) -> dict[str, Any]:
    dating = service.future_dating
    return {
        "critical": service.critical,
        "command_variants": sorted(service.command_variants),
        "user_roles": sorted(service.roles),
        "future_dated_by": None if dating is FutureDating.NONE else dating.value,
        "scheduled": service.scheduled,
    }


def _new(arguments: argparse.Namespace) -> None:
    at = datetime.now(UTC)
    service = SERVICES.get(arguments.srv)
    target = arguments.target or (templates.DEVICE if service is None or service.for_device else templates.DCC)
    counter = time.time_ns() // 1_000_000 if arguments.counter is None else arguments.counter
    request_id = RequestID(arguments.originator or templates.ORIGINATOR, target, counter)
    wanted = arguments.wanted or []
    request = templates.request(arguments.srv, at, request_id, arguments.command_variant, wanted)
    fields = request.to_json()
    for setting in arguments.settings or []:
        _set(fields["Request"]["Body"], request, setting)
    document = from_json(fields)
    if arguments.json:
        print(json.dumps(document.to_json()))
        return
    root = etree.fromstring(document.to_xml())
    if not arguments.compact:
        etree.indent(root)
    sys.stdout.buffer.write(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=False) + b"\n")


def _set(body: dict[str, Any], request: Request, setting: str) -> None:
    """Gives the element at a path below the body's the text behind ``=``."""
    path, equals, text = setting.partition("=")
    steps = [_STEP.fullmatch(step) for step in path.split("/")]
    if not equals or not all(steps):
        raise DuisError(f"{setting!r} is not PATH=VALUE, e.g. SupplierMessage=Hello or Season[2]/SeasonName=Winter")
    place: Any = body
    key: Any = request.service.form(request.command_variant).name
    for step in filter(None, steps):
        place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
        name, number = step.groups()
        if not isinstance(place, dict):
            raise DuisError(f"{setting!r}: nothing stands in {key}")
        key = name
        if number:
            items = place.setdefault(key, [])
            if not isinstance(items, list) or int(number) > len(items) + 1:
                raise DuisError(f"{setting!r}: {name} has no number {number}")
            if int(number) == len(items) + 1:
                items.append({})
            place, key = items, int(number) - 1
    place[key] = text
