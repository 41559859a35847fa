"""DLMS COSEM payloads of commands and responses, a module a family."""
