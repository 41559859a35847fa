"""`duis request`."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from duis.document import Request
from duis.errors import DuisError
from duis.identifiers import RequestID
from duis.schema import Element, Sequence
from duis.services import SERVICES


def run(arguments: argparse.Namespace) -> int:
    service = SERVICES.get(arguments.srv)
    if not service:
        raise DuisError(f"no service {arguments.srv}, only {', '.join(SERVICES)}")
    variant = min(service.command_variants) if arguments.command_variant is None else arguments.command_variant
    counter = time.time_ns() // 1_000_000 if arguments.counter is None else arguments.counter
    request_id = RequestID(arguments.originator, arguments.target, counter)
    body = _body(service.form(variant), arguments.values)
    sys.stdout.buffer.write(Request(request_id, variant, service, body).to_xml() + b"\n")
    return 0


def _body(form: Element, arguments: list[str]) -> dict[str, Any]:
    elements = {element.name: element for element in form.type.elements()} if isinstance(form.type, Sequence) else {}
    values = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        element = elements.get(name)
        if not equals or not element or isinstance(element.type, Sequence):
            raise DuisError(f"{argument!r} is not KEY=VALUE; {form.name} has {', '.join(elements) or 'no elements'}")
        values[name] = element.type.read(text, f"{form.name}/{name}")
    return values
