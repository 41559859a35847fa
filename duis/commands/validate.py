"""`duis validate`."""

from __future__ import annotations

import argparse
from typing import Any

from duis.commands.files import Outcome, convert
from duis.commands.schemas import schemas_of
from duis.document import Request, Response, parse


def run(arguments: argparse.Namespace) -> int:
    schemas = schemas_of(arguments.schemas)

    def conversion(data: bytes) -> Outcome:
        document = parse(data)
        fields: dict[str, Any] = {"document": type(document).__name__, "schema_version": document.schema_version}
        if isinstance(document, Request):
            fields["srv"] = document.service.variant
        elif isinstance(document, Response):
            fields["srv"] = document.variant
        if schemas:
            fields["schema"] = schemas.validate(data)
        return fields if arguments.json else _words(fields)

    return convert(arguments.files, conversion, as_json=arguments.json, named=True)


def _words(fields: dict[str, Any]) -> bytes:
    service = f" of {fields['srv']}" if "srv" in fields else ""
    schema = f", by {fields['schema']} as well" if "schema" in fields else ""
    return f"valid: {fields['document']}{service}, DUIS {fields['schema_version']}{schema}".encode()
