"""The GBCS use-case catalogue and the engine that reads it."""
