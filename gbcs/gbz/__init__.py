"""GBZ payloads: ZigBee Cluster Library commands in GBCS messages to and from gas devices (GBCS 7.2.10, 9.3)."""
