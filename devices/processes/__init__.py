"""Devices as processes: TCP connections, the clock and signals around the sans-I/O cores (asyncio)."""
