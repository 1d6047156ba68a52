import random

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from cdc_lambda.firehose import ATTEMPTS, LONGEST_WAIT_S, FirehoseDelivery, Line
from tests.unit.cdc_lambda.firehose_service import FirehoseService, Refuse, accept_all

KIB = 1024


def lines_of(count: int, size: int) -> list[Line]:
    return [Line(str(number), f"{number:07d}".encode() + b"x" * (size - 8) + b"\n") for number in range(count)]


class Waits:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def delivery(refuse: Refuse = accept_all) -> tuple[FirehoseService, FirehoseDelivery, Waits]:
    service, waits = FirehoseService(refuse), Waits()
    jitter = random.Random(7).uniform
    return service, FirehoseDelivery(service.client, "stream", sleep=waits.sleep, jitter=jitter), waits


def test_small_lines_share_one_record() -> None:
    service, firehose, waits = delivery()
    lines = lines_of(1000, 700)
    assert firehose.deliver(lines).undelivered == []
    assert service.accepted == [b"".join(line.data for line in lines)]
    assert waits.slept == []


def test_nothing_to_deliver_makes_no_call() -> None:
    service, firehose, _ = delivery()
    assert firehose.deliver([]).undelivered == []
    assert service.calls == []


def test_record_is_filled_to_the_last_byte_of_its_limit() -> None:
    service, firehose, _ = delivery()
    firehose.deliver(lines_of(8, 250 * KIB))
    assert [len(record) for record in service.accepted] == [1000 * KIB, 1000 * KIB]


@pytest.mark.parametrize(("count", "size"), [(20_000, 900), (40, 400 * KIB), (501, 1000 * KIB // 2 + 1)])
def test_limits_hold_and_every_line_arrives_once(count: int, size: int) -> None:
    service, firehose, _ = delivery()
    lines = lines_of(count, size)
    assert firehose.deliver(lines).undelivered == []
    assert service.lines == [line.data for line in lines]


def test_only_refused_records_are_tried_again() -> None:
    def refuse(call: int, position: int, _data: bytes) -> str | None:
        return "ServiceUnavailableException" if call == 1 and position == 1 else None

    service, firehose, waits = delivery(refuse)
    lines = lines_of(3, 900 * KIB)
    outcome = firehose.deliver(lines)
    assert outcome.undelivered == []
    assert outcome.refusals == {"ServiceUnavailableException": 1}
    assert [len(call) for call in service.calls] == [3, 1]
    assert sorted(service.lines) == [line.data for line in lines]
    assert len(waits.slept) == 1


def test_what_is_refused_for_ever_is_returned_by_sequence_number() -> None:
    def refuse(_call: int, _position: int, data: bytes) -> str | None:
        return "ServiceUnavailableException" if data.startswith((b"0000002", b"0000005")) else None

    service, firehose, waits = delivery(refuse)
    outcome = firehose.deliver(lines_of(6, 500 * KIB))
    assert outcome.undelivered == ["2", "3"]
    assert len(service.calls) == ATTEMPTS
    assert len(waits.slept) == ATTEMPTS - 1
    assert all(0 <= wait <= LONGEST_WAIT_S for wait in waits.slept)
    assert len(set(waits.slept)) == ATTEMPTS - 1


@pytest.mark.parametrize(
    "failure",
    [
        ClientError({"Error": {"Code": "ServiceUnavailableException", "Message": "slow down"}}, "PutRecordBatch"),
        ReadTimeoutError(endpoint_url="http://firehose"),
    ],
)
def test_call_without_answer_is_tried_again(failure: Exception) -> None:
    def refuse(call: int, _position: int, _data: bytes) -> str | None:
        if call <= 2:
            raise failure
        return None

    service, firehose, _ = delivery(refuse)
    lines = lines_of(10, 1000)
    outcome = firehose.deliver(lines)
    assert outcome.undelivered == []
    assert outcome.refusals.total() == 2
    assert service.lines == [line.data for line in lines]
