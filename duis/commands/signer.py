"""`duis signer serve`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
from datetime import UTC, datetime

from duis.commands.sign import signing_tool
from duis.signature import LEGACY, STRICT, Verifier
from duis.signer.server import Service, serving
from smki.keystore import open_keystore


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
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(service, host, port) as address:
        print(json.dumps({"ready": True, "signer": address}), flush=True)
        await stop.wait()
