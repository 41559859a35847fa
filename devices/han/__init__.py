"""The home area network: how a device joins a hub, and how they know each other again. No I/O."""
