"""`devices demo`."""

from __future__ import annotations

import argparse
import asyncio

from devices.demo.story import run as tell


def run(_arguments: argparse.Namespace) -> int:
    asyncio.run(tell())
    return 0
