"""What goes wrong, as HTTP says it: application/problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping

from devices.control.schema import Json
from devices.errors import DeviceError

#: Name of a kind of problem, which ends its type; status; title.
KINDS: Mapping[str, tuple[int, str]] = {
    "bad-request": (400, "The request is not what the route takes"),
    "unauthorised": (401, "The token is missing or wrong"),
    "forbidden": (403, "Requests of web pages are not served without a token"),
    "not-found": (404, "There is no such thing"),
    "method-not-allowed": (405, "The path does not have this method"),
    "conflict": (409, "The device cannot do this now"),
    "too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body is of another type"),
    "not-a-value": (422, "The value is not of the type that it must be"),
    "internal": (500, "The control plane has failed"),
    "unavailable": (503, "The state cannot be written, or the process is not ready"),
}
_TYPE = "urn:gbcs-rig:problem:"


class Problem(DeviceError):
    """A request that is not carried out.

    Attributes:
        kind: one of `KINDS`.
        where: the part of the request that is meant, such as ``body.value.index``; empty for all of it.
    """

    def __init__(self, kind: str, detail: str, where: str = "") -> None:
        super().__init__(detail)
        self.kind = kind
        self.where = where

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind][0]

    def to_json(self) -> dict[str, Json]:
        """The body of the answer."""
        status, title = KINDS[self.kind]
        told = {"type": _TYPE + self.kind, "title": title, "status": status, "detail": str(self)}
        return told | ({"where": self.where} if self.where else {})
