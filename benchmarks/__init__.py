"""What the system costs, measured: `make bench` prints a table and writes it to `docs/quality/benchmarks.md`."""
