"""How services and use cases map onto each other: request values to command fields, response fields to MMC elements."""
