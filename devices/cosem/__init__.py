"""The COSEM side of a metering device: which objects it has, what they hold, and accesses performed on them."""
