"""Times in UTC with millisecond resolution, always written `YYYY-MM-DDTHH:MM:SS.mmmZ`."""

from datetime import UTC, datetime, timedelta

TOMBSTONE_LIFETIME = timedelta(days=30)


def now() -> datetime:
    """Returns the current time, truncated to the millisecond."""
    return to_millisecond(datetime.now(UTC))


def to_millisecond(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def format_instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def parse_instant(text: str) -> datetime:
    """Returns an aware UTC time. Raises ValueError unless the text is an ISO 8601 time with an offset."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("the time has no offset")
    return to_millisecond(instant.astimezone(UTC))
