"""Delivers lines to Firehose: packs many into a record within its limits, and retries refused records."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient

MAX_RECORDS: Final = 500
MAX_RECORD_BYTES: Final = 1000 * 1024
# A call may have 4 MiB. Base64 turns three bytes into four, but three full records fit either way.
MAX_CALL_BYTES: Final = 3 * MAX_RECORD_BYTES
ATTEMPTS: Final = 6
FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 2.0


class Line(NamedTuple):
    """One event, and the sequence number of its stream record."""

    sequence_number: str
    data: bytes


@dataclass(frozen=True)
class Parcel:
    """One Firehose record: several lines."""

    data: bytes
    sequence_numbers: tuple[str, ...]


@dataclass
class Outcome:
    """The sequence numbers of undelivered events, and how often Firehose refused a record, by error code."""

    undelivered: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)


class FirehoseDelivery:
    """Puts lines into one delivery stream. `sleep` and `jitter` are parameters so that tests control the time."""

    def __init__(
        self,
        client: "FirehoseClient",
        stream_name: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._client = client
        self._stream_name = stream_name
        self._sleep = sleep
        self._jitter = jitter

    def deliver(self, lines: Sequence[Line]) -> Outcome:
        """Delivers what it can. Retries only refused records, up to ATTEMPTS attempts in all."""
        outcome = Outcome()
        pending = list(pack(lines))
        for attempt in range(ATTEMPTS):
            if not pending:
                break
            if attempt:
                self._sleep(self._jitter(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt)))
            pending = [refused for call in calls(pending) for refused in self._put(call, outcome.refusals)]
        outcome.undelivered = [number for parcel in pending for number in parcel.sequence_numbers]
        return outcome

    def _put(self, call: list[Parcel], refusals: Counter[str]) -> list[Parcel]:
        """The refused records of one call. All of them if the call fails, because twice is better than never."""
        try:
            response = self._client.put_record_batch(
                DeliveryStreamName=self._stream_name, Records=[{"Data": parcel.data} for parcel in call]
            )
        except ClientError as error:
            refusals[error.response["Error"]["Code"]] += len(call)
            return call
        except BotoCoreError as error:
            refusals[type(error).__name__] += len(call)
            return call
        codes = [result.get("ErrorCode") for result in response["RequestResponses"]]
        refusals.update(code for code in codes if code)
        return [parcel for parcel, code in zip(call, codes, strict=True) if code]


def pack(lines: Iterable[Line]) -> Iterator[Parcel]:
    """Fills Firehose records with lines, in order. Firehose bills by record, in steps of 5 KB."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        if batch and size + len(line.data) > MAX_RECORD_BYTES:
            yield _parcel(batch)
            batch, size = [], 0
        batch.append(line)
        size += len(line.data)
    if batch:
        yield _parcel(batch)


def calls(parcels: Iterable[Parcel]) -> Iterator[list[Parcel]]:
    """Groups records into calls within Firehose's limits, in order."""
    call: list[Parcel] = []
    size = 0
    for parcel in parcels:
        if call and (len(call) == MAX_RECORDS or size + len(parcel.data) > MAX_CALL_BYTES):
            yield call
            call, size = [], 0
        call.append(parcel)
        size += len(parcel.data)
    if call:
        yield call


def _parcel(lines: Sequence[Line]) -> Parcel:
    return Parcel(b"".join(line.data for line in lines), tuple(line.sequence_number for line in lines))
