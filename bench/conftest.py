"""Times of a whole folder, told as messages a second."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    session = getattr(config, "_benchmarksession", None)
    rows = [row for row in session.benchmarks if "messages" in row.extra_info] if session else []
    if rows:
        terminalreporter.section("messages a second, best round")
    for row in sorted(rows, key=lambda row: row.stats.min):
        refused = f", {row.extra_info['refused']} refused" if "refused" in row.extra_info else ""
        terminalreporter.write_line(f"{row.extra_info['messages'] / row.stats.min:9,.0f}  {row.name}{refused}")
