"""Fuzz targets, their seeds, and the program that runs them with atheris: ``python -m tests.fuzz``."""
