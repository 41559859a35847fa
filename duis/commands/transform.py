"""`duis transform`."""

from __future__ import annotations

import argparse
import json
import sys

from duis.document import Request, parse
from duis.errors import DuisError, TransformError
from duis.transform import Context, command, roles_of, transform
from gbcs.commandline import ExitCode, read_input
from gbcs.errors import GbcsError
from gbcs.security.category import is_critical
from gbcs.security.protection import sign
from smki.keystore import Keystore, open_keystore


def run(arguments: argparse.Namespace) -> int:
    keystore = open_keystore(arguments.keystore)
    context = Context.from_json(_read_json(arguments.context)) if arguments.context else Context()
    worst = ExitCode.OK
    for name in arguments.files:
        try:
            shown = _transform(read_input(name), context, keystore, signed=arguments.sign)
        except (DuisError, GbcsError) as error:
            shown = {"error": str(error)}
            worst = max(worst, ExitCode(error.exit_code))
        fields = {"file": name, **shown}
        if arguments.json:
            print(json.dumps(fields))
        elif "error" in fields:
            print(f"duis: {name}: {fields['error']}", file=sys.stderr)
        else:
            print(fields["command"] or fields["pre_command"])
    return worst


def _read_json(name: str) -> object:
    try:
        return json.loads(read_input(name))
    except ValueError as error:
        raise TransformError(f"context {name}: not JSON: {error}") from None


def _transform(document: bytes, context: Context, keystore: Keystore, *, signed: bool) -> dict[str, str | None]:
    request = parse(document)
    if not isinstance(request, Request):
        raise TransformError("a Response has nothing to transform")
    use_case, message = transform(request, context, lambda user: roles_of(user, keystore))
    critical = is_critical(use_case.category_of(message.message_code))
    pre_command = message.encode().hex() if critical else None
    if critical and signed:
        message = sign(message, keystore)
    finished = None if critical and not signed else command(use_case, message, keystore).encode().hex()
    return {"srv": request.service.variant, "use_case": use_case.code, "pre_command": pre_command, "command": finished}
