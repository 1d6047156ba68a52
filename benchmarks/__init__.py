"""Measures what the system costs. `make bench` prints a table and writes it to `docs/quality/benchmarks.md`."""
