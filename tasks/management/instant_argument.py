"""An instant as a command's argument."""

from argparse import ArgumentTypeError
from datetime import datetime

from tasks.models import instants


def instant(text: str) -> datetime:
    """Raises ArgumentTypeError, which shows what an instant looks like."""
    try:
        return instants.parse_instant(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time like 2026-11-22T12:00:00.000Z") from None
