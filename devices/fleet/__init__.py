"""Fleets: thousands of premises on one machine, commands to all of them, and an account of what became of each."""
