"""A mend of the emulator's saved state."""

import json
from pathlib import Path


def forget_stream_positions(state: Path) -> None:
    """Lets the event source mappings begin at the start of the stream again.

    The emulator saves how many records a mapping has read, but not the records: a restarted stream counts from 0, and
    a mapping that kept its position would pass over as many new records as it had read before.
    """
    file = state / "lambda.json"
    if not file.exists():
        return
    saved = json.loads(file.read_text())
    saved["payload"]["dynamodb_stream_positions"] = {}
    file.write_text(json.dumps(saved))
