"""Athena on a laptop: its API in front of DuckDB, over the emulator's Glue catalogue and S3."""
