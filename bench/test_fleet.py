"""Fleets: register reads a second through hubs over loopback TCP, at 10, 100 and 1,000 premises, and what they take;
at 1,000 also where only ten of them are read, for what those that are there but idle cost.

A read goes from a client to its hub's WAN port and on to the meter, and its response the same way back; every command
and response is protected, and every link confirms. Each of the premises has a CHF, a GPF and an ESME; two processes
share them all.
"""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from bench.size import size
from devices.fleet.plan import read
from devices.fleet.progress import Progress
from devices.fleet.run import run

READS = size(60_000, 100)
PLAN = """
premises = 1
processes = 2
[gpf]
[esme]
[traffic]
window = 1
"""


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("premises", "active"), size([(10, 10), (100, 100), (1000, 1000), (1000, 10)], [(2, 1)]))
def test_register_reads_through_a_fleet(benchmark: Any, tmp_path: Path, premises: int, active: int) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(PLAN)
    plan = read(str(path), premises=premises, active=active, commands=READS)
    report: dict[str, Any] = benchmark.pedantic(lambda: run(plan, Progress(StringIO())), rounds=1)
    assert report["ok"], report["errors"]
    cpu = report["cpu_seconds"]
    benchmark.extra_info |= {
        "reads/s": round(report["commands_per_second"]),
        "processor us a read, fleet": round(cpu["fleet"] / READS * 1e6),
        "processor us a read, driver": round(cpu["driver"] / READS * 1e6),
        "seconds to start": report["start_seconds"],
        "MiB in all": sum(report["memory_mib"].values()),
        "latency in ms": report["latency_ms"],
    }


@pytest.mark.timeout(600)
def test_the_fault_run(benchmark: Any) -> None:
    """100 premises in 200 processes, 10,000 commands, bad links, a hub and a meter killed every few seconds."""
    plan = read(
        str(Path(__file__).parents[1] / "docs" / "fleet-faults.toml"), **size({}, {"premises": 2, "commands": 50})
    )
    report: dict[str, Any] = benchmark.pedantic(lambda: run(plan, Progress(StringIO())), rounds=1)
    assert report["ok"], report["errors"]
    assert report["outcomes"]["answered"] == plan.commands
    benchmark.extra_info |= {name: report[name] for name in ("outcomes", "restarts", "faults", "links", "latency_ms")}
