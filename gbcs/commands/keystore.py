"""Opens the keystore that a command names."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import cast

from gbcs.security.keys import Keys

#: The reader of keystores, by name: this package knows the `Keys` interface and imports nobody who fills it.
_READER = "smki.keystore:open_keystore"


def open_keystore(path: str | None) -> Keys | None:
    """The keystore at `path`, None where no path was given."""
    return None if path is None else cast(Keys, resolve_name(_READER)(path))
