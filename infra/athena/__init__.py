"""Athena on a laptop: its API in front of DuckDB, over an emulator's Glue catalog and S3."""
