"""The transition table of a task: what entering a status does to its lifecycle times."""

from enum import Enum
from typing import Final


class Time(Enum):
    """What happens to a time: set to now unless it is set already, or cleared."""

    NOW_UNLESS_SET = "now unless set"
    CLEARED = "cleared"


# `completed_at` is the latest entry into completed from another status, `started_at` the first into in_progress.
LIFECYCLE: Final = {
    "pending": {"completed_at": Time.CLEARED},
    "in_progress": {"completed_at": Time.CLEARED, "started_at": Time.NOW_UNLESS_SET},
    "completed": {"completed_at": Time.NOW_UNLESS_SET},
    "cancelled": {"completed_at": Time.CLEARED},
}
