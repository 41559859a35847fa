"""The clusters' attributes and commands, one module each (ZigBee Smart Energy 1.2; message structure 5.2, 5.3)."""
