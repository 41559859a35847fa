"""The gas side of a HAN: what a gas meter holds and a GPF has a copy of, and where it comes from."""
