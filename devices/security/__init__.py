"""Credentials and what else commands with ASN.1 payloads do: a module per family of use cases."""
