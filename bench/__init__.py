"""Benchmarks: `python -m bench`, or `make bench`. What each measures and against what is in its module's docstring."""
