"""What DUIS documents consist of, as data (DUIS 5.4 schema): the tables, and what reads them.

`content` is the one way in; a definition is read when it is first asked for.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from duis.schema.model import Content
from duis.schema.notation import Reader, read_table

_TABLES = (
    "common",
    "tariff",
    "prepayment",
    "reading",
    "configuration",
    "alert_settings",
    "credentials",
    "supply",
    "inventory",
    "responses",
    "dcc_alerts",
)


def content(name: str) -> Content:
    """What the element `name` of a request's body, or another definition of the tables, holds.

    Raises:
        KeyError: there is no such definition.
    """
    return reader().content(name)


@cache
def reader() -> Reader:
    """All tables."""
    definitions: dict[str, str] = {}
    for table in _TABLES:
        found = read_table(import_module(f"duis.schema.tables.{table}").DEFINITIONS)
        clash = definitions.keys() & found.keys()
        if clash:
            raise ValueError(f"{min(clash)} is defined twice")
        definitions |= found
    return Reader(definitions)
