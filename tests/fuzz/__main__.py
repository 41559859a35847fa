"""Runs the fuzz targets with atheris, each in a process of its own: ``python -m tests.fuzz [--seconds N] [TARGET…]``.

An input that a target does not survive is kept in ``.fuzz/TARGET/``, beside what has been found to reach new code, and
the exit status is 1.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from pathlib import Path

#: Limits of one input: seconds, MiB and octets.
_TIMEOUT, _MEMORY, _LENGTH = 5, 2048, 8192
_KEPT = Path(".fuzz")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="which to run; all if none is named")
    parser.add_argument("--seconds", type=int, default=30, help="for each target (default: %(default)s)")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    try:
        import atheris  # noqa: F401
    except ImportError:
        here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
        print(
            f"no atheris: it has wheels for CPython 3.11 to 3.14 on Linux x86_64, and this is {here}", file=sys.stderr
        )
        print("`make test` runs the same targets for a short while without it", file=sys.stderr)
        return 2
    if arguments.in_this_process:
        _fuzz(arguments.targets[0], arguments.seconds)
    from tests.fuzz.targets import TARGETS

    unknown = set(arguments.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}; there is {', '.join(TARGETS)}")
    failed = [name for name in arguments.targets or TARGETS if not _run(name, arguments.seconds)]
    print(f"found something: {', '.join(failed)}" if failed else "nothing found")
    return 1 if failed else 0


def _run(name: str, seconds: int) -> bool:
    command = [sys.executable, "-m", "tests.fuzz", "--in-this-process", "--seconds", str(seconds), name]
    print(f"== {name}", flush=True)
    return subprocess.run(command, check=False).returncode == 0


def _fuzz(name: str, seconds: int) -> None:
    """Does not return."""
    import atheris

    with atheris.instrument_imports(include=["gbcs", "smki"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    folder = _KEPT / name
    corpus, seeds = folder / "corpus", folder / "seeds"
    for each in (corpus, seeds):
        each.mkdir(parents=True, exist_ok=True)
    for at, octets in enumerate(target.seeds()):
        (seeds / f"{at:04}").write_bytes(octets)
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={_TIMEOUT}",
        f"-rss_limit_mb={_MEMORY}",
        f"-max_len={_LENGTH}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus), str(seeds)], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
