"""`gbcs kernels`: which path each bulk operation takes on this machine, and why."""

from __future__ import annotations

import argparse
import json

from gbcs.kernels.compilation import cache_folder
from gbcs.kernels.target import choices, name


def run(arguments: argparse.Namespace) -> int:
    if arguments.json:
        for choice in choices().values():
            print(json.dumps(choice._asdict()))
        return 0
    print(f"target {name()}")
    print(f"compiled kernels in {cache_folder()}")
    for choice in choices().values():
        limit = f"; fewer than {choice.break_even} by OpenSSL" if choice.break_even > 1 else ""
        print(f"{choice.operation:10} {choice.path:10} {choice.reason}{limit}")
    return 0
