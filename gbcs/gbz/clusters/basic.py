"""Basic cluster 0x0000: attributes."""

from __future__ import annotations

from gbcs.gbz.model import CHARACTER_STRING, UINT8, Cluster, attribute

_THIS = Cluster.BASIC

HW_VERSION = attribute(_THIS, 0x0003, "hw_version", UINT8)
MANUFACTURER_NAME = attribute(_THIS, 0x0004, "manufacturer_name", CHARACTER_STRING)
MODEL_IDENTIFIER = attribute(_THIS, 0x0005, "model_identifier", CHARACTER_STRING)
