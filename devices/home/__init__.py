"""Premises: a Communications Hub with its GPF and the devices on its HAN, as data, as objects and as a process."""
