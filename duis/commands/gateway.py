"""`duis gateway`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

from duis.gateway.core import Gateway, Settings
from duis.gateway.inventory import Inventory
from duis.gateway.server import serving
from duis.gateway.state import State
from gbcs.commandline import read_input
from smki.keystore import open_keystore
from smki.process import clock_from, stop_event

_LONGEST_TIMEOUT = timedelta(days=30).total_seconds()


def run(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.port <= 0xFFFF:
        arguments.usage_error(f"--port: {arguments.port} is not within 0 to 65535")
    if not 0 < arguments.timeout <= _LONGEST_TIMEOUT:
        arguments.usage_error(f"--timeout: {arguments.timeout} is not within 0 to {_LONGEST_TIMEOUT:.0f}")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    inventory = Inventory.parse(read_input(arguments.inventory))
    keystore = open_keystore(arguments.keystore)
    settings = Settings(response_timeout=timedelta(seconds=arguments.timeout))
    with closing(State(arguments.state or ":memory:")) as state:
        gateway = Gateway(keystore, inventory, state, settings)
        asyncio.run(_serve(gateway, inventory, clock_from(arguments.clock), arguments.host, arguments.port))
    return 0


async def _serve(gateway: Gateway, inventory: Inventory, clock: Callable[[], datetime], host: str, port: int) -> None:
    stop = stop_event()
    async with serving(gateway, inventory.hubs, clock, host, port) as address:
        print(json.dumps({"ready": True, "duis": address}), flush=True)
        await stop.wait()
