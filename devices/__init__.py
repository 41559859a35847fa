"""Emulated devices: an electricity meter (ESME) and a Communications Hub, as objects and as processes."""
