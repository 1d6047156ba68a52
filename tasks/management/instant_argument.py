"""An instant as a command's argument."""

from argparse import ArgumentTypeError
from datetime import datetime

from tasks.models import instants


def instant(text: str) -> datetime:
    """Parses an instant. Raises ArgumentTypeError with an example."""
    try:
        return instants.parse_instant(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a time such as 2026-11-22T12:00:00.000Z") from None
