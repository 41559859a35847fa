"""Numba kernels: arrays in, arrays out, nothing else. `gbcs.bulk` is their public face."""
