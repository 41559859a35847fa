"""Cryptographic protection of GBCS messages."""
