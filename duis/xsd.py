"""Validation against the official schemas, of which the user has a copy; nothing else here needs them."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from duis import markup
from duis.errors import DocumentError, DuisError

#: Environment variable that names the folder of schemas where no option does.
SCHEMAS_VARIABLE = "DUIS_SCHEMAS"
_IMPORT = "{http://www.w3.org/2001/XMLSchema}import"
_FILE = re.compile(r"DUIS[ _-]*Schema[ _-]*V?([0-9]+\.[0-9]+)\.xsd", re.IGNORECASE)


class Schemas:
    """The DUIS schemas in a folder, by version; each is loaded when it is first needed.

    Raises:
        DuisError: the folder holds none.
        OSError: it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        matches = ((_FILE.fullmatch(path.name), path) for path in folder.iterdir())
        self._files = {Decimal(match[1]): path for match, path in matches if match}
        self._loaded: dict[Path, etree.XMLSchema] = {}
        if not self._files:
            raise DuisError(f"{folder}: no DUIS schema, which would be called like 'DUIS Schema V5.4.xsd'")

    def validate(self, document: bytes) -> str:
        """Validates a document, signed or not, and returns the name of the schema file.

        That is the file of the document's own schemaVersion, or else of the next higher version that is there.

        Raises:
            DocumentError: it is not valid, or there is no schema for its version.
            DuisError: the schema cannot be loaded.
        """
        root = markup.parse(document)
        path = self._file_for(root.get("schemaVersion", ""))
        schema = self._load(path)
        if not schema.validate(root):
            log: Any = schema.error_log  # the stubs do not know what is in it
            error = log.filter_from_errors()[0]
            rule = f"{error.message.replace(f'{{{markup.DUIS}}}', '')} ({path.name})"
            raise DocumentError(_place(root, error.path), rule)
        return path.name

    def _file_for(self, text: str) -> Path:
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", text.strip()):
            raise DocumentError("@schemaVersion", f"{markup.quote(text)} is not a version")
        suitable = [version for version in self._files if version >= Decimal(text.strip())]
        if not suitable:
            raise DocumentError("@schemaVersion", f"no schema for DUIS {text} in the folder of schemas")
        return self._files[min(suitable)]

    def _load(self, path: Path) -> etree.XMLSchema:
        if path not in self._loaded:
            try:
                tree = etree.parse(str(path), etree.XMLParser(no_network=True))
                # libxml2 does not find a relative location with blanks in it.
                for node in tree.getroot().iter(_IMPORT):
                    location = path.parent / (node.get("schemaLocation") or "")
                    node.set("schemaLocation", location.absolute().as_uri())
                self._loaded[path] = etree.XMLSchema(tree)
            except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
                raise DuisError(f"{path}: {error}") from None
        return self._loaded[path]


def _place(root: markup.Node, xpath: str | None) -> str:
    """Where libxml2 found an error, as paths are written here."""
    prefixes = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    found: Any = root.xpath(xpath, namespaces=prefixes) if xpath else []
    if len(found) != 1:
        return ""
    steps = []
    for node in (found[0], *found[0].iterancestors()):
        number = sum(1 for _ in node.itersiblings(node.tag, preceding=True)) + 1
        several = number > 1 or (node.getnext() is not None and node.getnext().tag == node.tag)
        steps.append(f"{markup.name(node)}[{number}]" if several else markup.name(node))
    return "/".join(reversed(steps))
