"""Repairs the emulator's saved state."""

import json
from pathlib import Path


def reset_stream_positions(state: Path) -> None:
    """Makes the event source mappings start at the beginning of the stream again.

    The emulator saves how many records a mapping has read, but not the records. A restarted stream counts from 0, so a
    mapping with its old position would skip that many new records.
    """
    file = state / "lambda.json"
    if not file.exists():
        return
    saved = json.loads(file.read_text())
    saved["payload"]["dynamodb_stream_positions"] = {}
    file.write_text(json.dumps(saved))
