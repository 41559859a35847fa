"""The electricity devices: ESME and SAPC, and what only they do."""
