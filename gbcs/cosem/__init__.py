"""DLMS COSEM as GBCS uses it: A-XDR data, access requests and responses, objects."""
