"""The Lambda's entry point: connects mapping and delivery, counts, and reports the records to retry."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from cdc_lambda.change_event import ChangeEventMapper, Filtered, PoisonRecordError, Record, to_line
from cdc_lambda.firehose import FirehoseDelivery, Line, Outcome

SERVICE: Final = "cdc"
SECRETS: Final = Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3})
# FirehoseDelivery itself retries, and only refused records.
FIREHOSE: Final = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1})

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="TodoApi/CDC", service=SERVICE)


@dataclass
class Batch:
    """The mapped records of a batch. poison: the reason by sequence number."""

    lines: list[Line] = field(default_factory=list)
    poison: dict[str, str] = field(default_factory=dict)
    filtered: Counter[Filtered] = field(default_factory=Counter)


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Delivers a batch; returns the sequence numbers that failed, lowest first.

    Lambda retries from the lowest. The records after it are delivered all the same, because Lambda also discards the
    rest of the batch when it gives up on a poison record.
    """
    mapper, delivery = _wiring()
    batch = sort_out(event["Records"], mapper)
    outcome = delivery.deliver(batch.lines)
    _count(batch, outcome)
    failed = sorted([*batch.poison, *outcome.undelivered], key=int)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def sort_out(records: Iterable[Record], mapper: ChangeEventMapper) -> Batch:
    """Maps each record to a line, or notes why it makes none."""
    batch = Batch()
    for record in records:
        number = record["dynamodb"]["SequenceNumber"]
        try:
            event = mapper.from_record(record)
            if isinstance(event, Filtered):
                batch.filtered[event] += 1
            else:
                batch.lines.append(Line(number, to_line(event)))
        except PoisonRecordError as error:
            batch.poison[number] = str(error)
    return batch


@cache
def _wiring() -> tuple[ChangeEventMapper, FirehoseDelivery]:
    secrets = boto3.client("secretsmanager", config=SECRETS)
    key = secrets.get_secret_value(SecretId=os.environ["USER_KEY_SECRET_ID"])["SecretString"]
    firehose = boto3.client("firehose", config=FIREHOSE)
    return ChangeEventMapper(key.encode()), FirehoseDelivery(firehose, os.environ["DELIVERY_STREAM_NAME"])


def _count(batch: Batch, outcome: Outcome) -> None:
    """One set of metrics per batch: records = processed + filtered + failed. No log line per record."""
    counts = {
        "RecordsProcessed": len(batch.lines) - len(outcome.undelivered),
        "RecordsFailed": len(batch.poison) + len(outcome.undelivered),
        "ProcessingErrors": len(batch.poison),
        "RecordsRefused": outcome.refusals.total(),
        "RecordsFiltered": batch.filtered.total(),
        **{f"RecordsFiltered{reason}": batch.filtered[reason] for reason in Filtered},
    }
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()
    if batch.poison:
        logger.error("poison records", reasons=Counter(batch.poison.values()), first=min(batch.poison, key=int))
    if outcome.refusals:
        logger.warning("records refused", codes=outcome.refusals, undelivered=len(outcome.undelivered))
