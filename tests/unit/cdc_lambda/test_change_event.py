import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cdc_lambda.change_event import ChangeEventMapper, Event, Filtered, PoisonRecordError, to_line
from tests.support.records import KEY, TASK_ID, USER_KEY, insert, modify, profile, remove, task, text


@pytest.fixture
def mapper() -> ChangeEventMapper:
    return ChangeEventMapper(KEY)


def event_of(mapper: ChangeEventMapper, record: dict[str, Any]) -> Event:
    event = mapper.from_record(record)
    assert not isinstance(event, Filtered)
    return event


def test_insert_of_task_is_whole_event(mapper: ChangeEventMapper) -> None:
    image = {
        "status": "pending",
        "priority": "high",
        "category": "private",
        "due_date": "2026-02-28",
        "created_at": "2026-01-05T08:00:00.000Z",
        "updated_at": "2026-01-05T08:00:00.000Z",
    }
    assert event_of(mapper, insert(task(), number=42)) == {
        "schema_version": 1,
        "event_id": f"task:{TASK_ID}:1",
        "event_name": "insert",
        "sequence_number": "42",
        "occurred_at": "2026-01-05T08:00:01.000Z",
        "changed_at": "2026-01-05T08:00:00.000Z",
        "actor": "api",
        "correlation_id": "corr-1",
        "entity": "task",
        "user_key": USER_KEY,
        "entity_id": TASK_ID,
        "version": 1,
        "before": None,
        "after": image,
    }


def test_import_has_its_own_actor_and_time(mapper: ChangeEventMapper) -> None:
    event = event_of(mapper, insert({**task(), **text(actor="import", changed_at="2012-05-01T08:30:00.000Z")}))
    assert (event["actor"], event["changed_at"]) == ("import", "2012-05-01T08:30:00.000Z")


def test_modify_of_profile_has_both_images_and_no_person(mapper: ChangeEventMapper) -> None:
    old, new = profile(), {**profile(2), **text(time_zone="Asia/Tokyo")}
    event = event_of(mapper, modify(old, new))
    times = {"created_at": "2026-01-05T08:00:00.000Z", "updated_at": "2026-01-05T08:00:00.000Z"}
    assert event["event_id"] == f"user:{USER_KEY}:2"
    assert event["entity_id"] == USER_KEY
    assert event["correlation_id"] is None
    assert event["before"] == {"time_zone": "Europe/Rome", **times}
    assert event["after"] == {"time_zone": "Asia/Tokyo", **times}


def test_deleted_task_is_remove(mapper: ChangeEventMapper) -> None:
    gone = task(2, **text(deleted_at="2026-01-06T00:00:00.000Z", updated_at="2026-01-06T00:00:00.000Z"))
    for attribute in ("title", "description", "category"):
        del gone[attribute]
    gone["expires_at"] = {"N": "1770000000"}
    event = event_of(mapper, modify(task(), gone))
    assert event["event_name"] == "remove"
    assert event["before"]["category"] == "private"
    assert "category" not in event["after"]
    assert event["after"]["deleted_at"] == "2026-01-06T00:00:00.000Z"


def test_nothing_personal_but_category_passes(mapper: ChangeEventMapper) -> None:
    records = [modify(task(), task(2)), modify(profile(), profile(2))]
    lines = b"".join(to_line(event_of(mapper, record)) for record in records).decode()
    secrets = ["lawyer", "divorce", "ada@example.com", "Lovelace", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "row-1"]
    assert [secret for secret in secrets if secret in lines] == []
    assert "private" in lines


@pytest.mark.parametrize("entity", ["insight", "idempotency", "suppression"])
@pytest.mark.parametrize("make", [insert, remove])
def test_technical_item_is_filtered(mapper: ChangeEventMapper, entity: str, make: Any) -> None:
    item = {**text(PK="INSIGHTS#x", SK="INSIGHT#mix", entity=entity), "payload": {"B": "eJw="}}
    assert mapper.from_record(make(item)) is Filtered.TECHNICAL


def test_removal_by_ttl_is_filtered_as_expired(mapper: ChangeEventMapper) -> None:
    by_ttl = {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}
    assert mapper.from_record({**remove(task()), **by_ttl}) is Filtered.EXPIRED


def test_removal_by_erasure_is_filtered_as_erased(mapper: ChangeEventMapper) -> None:
    assert mapper.from_record(remove(task())) is Filtered.ERASED


def test_version_keeps_all_digits(mapper: ChangeEventMapper) -> None:
    digits = "12345678901234567890123456789012345678"
    record = insert({**task(), "version": {"N": digits}})
    assert f'"version":{digits},'.encode() in to_line(event_of(mapper, record))


def test_redelivered_record_gives_same_bytes(mapper: ChangeEventMapper) -> None:
    record = modify(task(), task(2))
    reordered = json.loads(json.dumps(record, sort_keys=True))
    again = ChangeEventMapper(KEY)
    assert to_line(event_of(again, reordered)) == to_line(event_of(mapper, record))


def test_record_of_streams_api_gives_same_event(mapper: ChangeEventMapper) -> None:
    record = insert(task())
    expected = event_of(mapper, record)
    record["dynamodb"]["ApproximateCreationDateTime"] = datetime(2026, 1, 5, 8, 0, 1, tzinfo=UTC)
    assert event_of(mapper, record) == expected


def test_unicode_category_is_one_line(mapper: ChangeEventMapper) -> None:
    category = 'Büro\n"\u2028"\\ \N{WHITE SMILING FACE}'
    line = to_line(event_of(mapper, insert({**task(), **text(category=category)})))
    assert line.count(b"\n") == 1
    assert json.loads(line)["after"]["category"] == category


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"entity": None}, "no entity"),
        ({"version": None}, "no version"),
        ({"updated_at": None}, "no updated_at"),
        ({"changed_at": {"S": "yesterday"}}, "changed_at: pattern"),
        ({"actor": {"S": "somebody"}}, "actor: enum"),
        ({"version": {"N": "1.5"}}, "ValueError"),
        ({"version": {"N": "0"}}, "event_id: pattern"),
        ({"version": {"S": "one"}}, "no N"),
        ({"category": {"B": "AAEC"}}, "after.category: type"),
        ({"category": {"B": b"as boto3 gives it"}}, "after.category: type"),
        ({"category": {"M": {"deep": {"L": [{"S": "x"}]}}}}, "after.category: type"),
        ({"category": {"NULL": True}}, "after.category: type"),
        ({"category": {"S": "x" * 400_000}}, "after.category: maxLength"),
        ({"status": {"S": "done"}}, "after.status: enum"),
        ({"PK": {"S": "GROUP#1"}}, "ValueError"),
        ({"SK": {"S": "TASK#not-an-id"}}, "ValueError"),
        ({"SK": {"S": "TASK#0123456789ab"}}, "event_id: pattern"),
    ],
)
def test_record_that_breaks_contract_is_poison(
    mapper: ChangeEventMapper, change: dict[str, dict[str, Any] | None], reason: str
) -> None:
    image = {name: value for name, value in {**task(), **change}.items() if value is not None}
    with pytest.raises(PoisonRecordError) as poison:
        mapper.from_record(insert(image))
    assert str(poison.value) == reason


@pytest.mark.parametrize("image", ["OldImage", "NewImage"])
def test_record_without_image_is_poison(mapper: ChangeEventMapper, image: str) -> None:
    record = modify(task(), task(2))
    del record["dynamodb"][image]
    with pytest.raises(PoisonRecordError, match=f"no {image}"):
        mapper.from_record(record)


def test_lone_surrogate_is_poison(mapper: ChangeEventMapper) -> None:
    event = event_of(mapper, insert({**task(), **text(category="\ud800")}))
    with pytest.raises(PoisonRecordError, match="not Unicode"):
        to_line(event)


def test_big_or_binary_column_that_stays_home_is_no_matter(mapper: ChangeEventMapper) -> None:
    heavy = {**task(), "description": {"S": "x" * 390_000}, "attachment": {"B": "AAEC"}, "price": {"N": "9" * 38}}
    assert mapper.from_record(insert(heavy)) == mapper.from_record(insert(task()))
