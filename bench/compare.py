"""`python -m bench.compare [REVISION]`: the table of `bench.ratios` for a revision (main) and for the working tree.

Both run in turn on this machine, twice each; the best figure of each counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def _measure(tree: Path) -> dict[tuple[str, str], float]:
    environment = os.environ | {"PYTHONPATH": str(tree)}
    command = [sys.executable, "-m", "bench.ratios", "--json"]
    run = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True)
    rows = map(json.loads, run.stdout.splitlines())
    return {(row["path"], row["against"]): row["ours"] for row in rows}


def main() -> None:
    """The command."""
    revision = sys.argv[1] if len(sys.argv) > 1 else "main"
    here = Path(__file__).parent.parent
    with tempfile.TemporaryDirectory(prefix="gbcs-bench-") as folder:
        there = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "--detach", there, revision], cwd=here, check=True)
        try:
            if not (there / "bench" / "ratios.py").exists():
                raise SystemExit(f"{revision} has no bench.ratios to compare with")
            rounds = [_measure(tree) for _ in range(2) for tree in (there, here)]
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", there], cwd=here, check=True)
    print(f"{'path':50} {revision:>12} {'here':>12} {'change':>8}")
    for path, against in rounds[1]:
        old, new = (
            min((r[path, against] for r in runs if (path, against) in r), default=None)
            for runs in (rounds[::2], rounds[1::2])
        )
        if old and new:
            print(f"{path:50} {old * 1e6:9.3f} us {new * 1e6:9.3f} us {(new / old - 1) * 100:+7.1f}%")


if __name__ == "__main__":
    main()
