"""Documents in, documents out, for the commands that take several files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from duis.errors import DuisError
from gbcs.commandline import ExitCode, read_input
from gbcs.errors import GbcsError


def convert(names: Sequence[str], conversion: Callable[[bytes], bytes]) -> int:
    """Writes what becomes of each file, one a line; a bad one does not keep back the others.

    Returns the highest exit status of the failures.
    """
    worst = ExitCode.OK
    for name in names:
        try:
            sys.stdout.buffer.write(conversion(read_input(name)) + b"\n")
        except BrokenPipeError:
            raise
        except OSError as error:
            print(f"duis: {error}", file=sys.stderr)
            worst = max(worst, ExitCode.OPERATING_SYSTEM)
        except (DuisError, GbcsError) as error:
            print(f"duis: {name}: {error}", file=sys.stderr)
            worst = max(worst, ExitCode(error.exit_code))
    return worst
