"""`duis signer serve`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
from datetime import UTC, datetime

from duis.commands.sign import signing_tool
from duis.signature import LEGACY, STRICT, Verifier
from duis.signer.server import Service, serving
from smki.keystore import open_keystore
from smki.process import stop_event


def run(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.port <= 0xFFFF:
        arguments.usage_error(f"--port: {arguments.port} is not within 0 to 65535")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    verifier = Verifier.of(open_keystore(arguments.keystore), LEGACY if arguments.legacy else STRICT)
    at: datetime | None = arguments.at
    service = Service(
        signing_tool(arguments), verifier, lambda: at or datetime.now(UTC), unsigned=not arguments.signed_only
    )
    asyncio.run(_serve(service, arguments.host, arguments.port))
    return 0


async def _serve(service: Service, host: str, port: int) -> None:
    stop = stop_event()
    async with serving(service, host, port) as address:
        print(json.dumps({"ready": True, "signer": address}), flush=True)
        await stop.wait()
