"""`smki serve`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
from pathlib import Path

from smki.commands.estate import REGISTRY, Estate, opened
from smki.process import clock_from, stop_event
from smki.registration import Registry
from smki.services.certification import LIMITS
from smki.services.server import BOXED_CLIENT_KEY, serving


def run(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.port <= 0xFFFF:
        arguments.usage_error(f"--port: {arguments.port} is not within 0 to 65535")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    registry = Registry.from_json(Path(arguments.registry or Path(arguments.authority) / REGISTRY).read_bytes())
    with opened(arguments.authority, clock_from(arguments.clock)()) as estate:
        asyncio.run(_serve(arguments, estate, registry))
    return 0


async def _serve(arguments: argparse.Namespace, estate: Estate, registry: Registry) -> None:
    stop = stop_event()
    keys = (BOXED_CLIENT_KEY, *arguments.search_key)
    async with serving(
        estate.authority,
        estate.repository,
        registry,
        clock_from(arguments.clock),
        arguments.host,
        arguments.port,
        LIMITS[arguments.limits],
        keys,
    ) as address:
        print(json.dumps({"ready": True, "smki": address}), flush=True)
        await stop.wait()
