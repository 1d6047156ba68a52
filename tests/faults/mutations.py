"""The defects of the service before this one, put back into the product's code one at a time.

`docs/quality/defects.md` lists them. Those that no fault brings to light (a header that impersonates, who schedules the
pipeline, alarms) have tests of their own there.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from pynamodb.constants import PUT_ITEM
from pynamodb.expressions.condition import Condition

from cdc_lambda import change_event, firehose, handler
from cdc_lambda.change_event import ChangeEventMapper, Filtered
from cdc_lambda.firehose import FirehoseDelivery, Parcel
from glue.job.spec import Job, Summary
from glue.job.storage import S3Storage, places
from glue.lake import Lake, objects, paths
from tasks import services
from tasks.accounts import erasure
from tasks.api import idempotency
from tasks.api.idempotency import WriteResponse
from tasks.models import Erasure, StoredResponse, Task, item, keys, stored_response
from tasks.models.item import Record
from tasks.queries import listing
from tasks.services import TaskChange
from tests.faults.aws import event_source
from tests.faults.runtime import forget, remember


@dataclass(frozen=True)
class Mutation:
    """A defect. shown_by: faults of which a plan must hold one, () for any plan; invariants: those that it breaks."""

    put_back: Callable[[], AbstractContextManager[Any]]
    invariants: frozenset[int]
    shown_by: tuple[str, ...] = ()


def keys_are_ignored() -> Any:
    return mock.patch.object(idempotency, "key_of", return_value=None)


def a_replay_is_no_task() -> Any:
    def replay(key: Any, known: StoredResponse) -> WriteResponse | None:
        return WriteResponse(int(known.status), {}, b'{"status":"created"}', replayed=True) if known.status else None

    return mock.patch.object(idempotency, "replay", replay)


def a_key_on_put_loses_the_update() -> Any:
    def change_once(key: Any, *, sk: str, change: Any, response: Any, now: Any) -> WriteResponse:
        found, _ = StoredResponse.find_with(key.sub, key.text, sk)
        answered: WriteResponse = replace(response(change(found)), status=201)
        return answered

    return mock.patch.object(idempotency, "change_once", change_once)


def a_look_up_that_finds_the_key_is_ignored() -> Any:
    def free(_: int) -> Condition:
        condition: Condition = StoredResponse.PK.does_not_exist() | StoredResponse.PK.exists()
        return condition

    return mock.patch.object(stored_response, "_free_key", free)


@contextmanager
def ids_are_timestamps_and_writes_unconditional() -> Iterator[None]:
    def insert(self: Record) -> None:
        item.dispatch(PUT_ITEM, self.get_save_kwargs_from_instance())

    with (
        mock.patch.object(keys, "new_task_id", lambda at: keys._uuid7(at, 0)),
        mock.patch.object(Record, "insert", insert),
    ):
        yield


def completed_at_is_never_set() -> Any:
    return mock.patch.object(services, "_lifecycle", return_value=[])


def null_clears_nothing() -> Any:
    update = services.task_update

    def without_nulls(*, values: Mapping[str, Any], **others: Any) -> TaskChange:
        return update(values={name: value for name, value in values.items() if value is not None}, **others)

    return mock.patch.object(services, "task_update", without_nulls)


def the_list_ends_with_a_page() -> Any:
    page = listing.page
    return mock.patch.object(listing, "page", lambda *args, **named: replace(page(*args, **named), following=None))


def an_unknown_id_is_a_failure() -> Any:
    def live(found: Any, versions: Any) -> Task:
        task: Task = {True: found}[isinstance(found, Task)]
        return task

    return mock.patch.object(services, "_live_task", live)


def an_erasure_leaves_the_tasks() -> Any:
    return mock.patch.object(erasure, "_delete_items", return_value=(0, True))


def an_erased_user_is_never_cleared_from_silver() -> Any:
    return mock.patch.object(Erasure, "begin", return_value=True)


def refused_records_are_lost() -> Any:
    put = FirehoseDelivery._put

    def forgetful(self: FirehoseDelivery, call: list[Parcel], refusals: Any) -> list[Parcel]:
        put(self, call, refusals)
        return []

    return mock.patch.object(FirehoseDelivery, "_put", forgetful)


def poison_is_lost() -> Any:
    sort_out = handler.sort_out

    def forgetful(records: Any, mapper: ChangeEventMapper) -> handler.Batch:
        batch = sort_out(records, mapper)
        batch.filtered[Filtered.TECHNICAL] += len(batch.poison)
        batch.poison.clear()
        return batch

    return mock.patch.object(handler, "sort_out", forgetful)


def deletes_are_skipped() -> Any:
    map_record = ChangeEventMapper.from_record

    def skipping(self: ChangeEventMapper, record: Any) -> Any:
        event = map_record(self, record)
        removed = not isinstance(event, Filtered) and event["event_name"] == "remove"
        return Filtered.TECHNICAL if removed else event

    return mock.patch.object(ChangeEventMapper, "from_record", skipping)


def event_time_is_null() -> Any:
    to_line = change_event.to_line
    return mock.patch.object(handler, "to_line", lambda event: to_line({**event, "occurred_at": None}))


def limits_of_firehose_are_ignored() -> Any:
    def all_in_one(parcels: Any) -> Iterator[list[Parcel]]:
        lines = [(line, parcel) for parcel in parcels for line in parcel.data.splitlines(keepends=True)]
        if lines:
            yield [Parcel(line, parcel.sequence_numbers) for line, parcel in lines]

    return mock.patch.object(firehose, "calls", all_in_one)


def free_text_leaks() -> Any:
    allowed = {**change_event.ALLOWED, "task": (*change_event.ALLOWED["task"], "title")}
    return mock.patch.dict(change_event.ALLOWED, allowed)


def big_numbers_lose_digits() -> Any:
    map_record = ChangeEventMapper.from_record

    def rounding(self: ChangeEventMapper, record: Any) -> Any:
        number = str(int(float(record["dynamodb"]["SequenceNumber"])))
        return map_record(self, {**record, "dynamodb": {**record["dynamodb"], "SequenceNumber": number}})

    return mock.patch.object(ChangeEventMapper, "from_record", rounding)


def no_record_is_too_old() -> Any:
    return mock.patch.object(event_source, "MAX_AGE_S", 7 * 24 * 3600)


def silver_is_appended_again() -> Any:
    """A date's new folder gets what its folder before holds once more."""
    move = S3Storage.put_in_place

    def appending(storage: S3Storage, target: Lake, job: Job, summary: Summary) -> None:
        move(storage, target, job, summary)
        for place in places(job, summary).values():
            if not place.startswith(paths.SILVER):
                continue
            for number, source in enumerate(objects.keys(target.s3, target.bucket, place)):
                body = objects.read(target.s3, target.bucket, source)
                target.s3.put_object(Bucket=target.bucket, Key=f"{place}again-{number}.json", Body=body)

    return mock.patch.object(S3Storage, "put_in_place", appending)


def a_write_does_not_know_itself_again() -> Any:
    return mock.patch.object(item, "_is_own", return_value=False)


SAME_INSTANT = ("same instant",)
ERASED = ("erasure with events in flight",)
KEYED = ("one key at once", "killed after the write")
MUTATIONS: dict[str, Mutation] = {
    "1 keys are ignored": Mutation(keys_are_ignored, frozenset({10, 11, 12}), KEYED),
    "1 a replay is no task": Mutation(a_replay_is_no_task, frozenset({10, 11, 12}), KEYED),
    "1 a key on PUT loses the update": Mutation(a_key_on_put_loses_the_update, frozenset({12})),
    "1 a look-up is ignored": Mutation(a_look_up_that_finds_the_key_is_ignored, frozenset({10}), KEYED),
    "2 ids are timestamps": Mutation(ids_are_timestamps_and_writes_unconditional, frozenset({12, 15}), SAME_INSTANT),
    "3 completed_at is never set": Mutation(completed_at_is_never_set, frozenset({12})),
    "3 null clears nothing": Mutation(null_clears_nothing, frozenset({12})),
    "4 the list ends with a page": Mutation(the_list_ends_with_a_page, frozenset({15}), ("short or empty page",)),
    "5 an unknown id is a failure": Mutation(an_unknown_id_is_a_failure, frozenset({12})),
    "6 an erasure leaves the tasks": Mutation(an_erasure_leaves_the_tasks, frozenset({16}), ERASED),
    "6 an erased user stays": Mutation(an_erased_user_is_never_cleared_from_silver, frozenset({5, 16}), ERASED),
    "8 refused records are lost": Mutation(refused_records_are_lost, frozenset({13}), ("records refused",)),
    "8 poison is lost": Mutation(poison_is_lost, frozenset({13}), ("poison",)),
    "8 deletes are skipped": Mutation(deletes_are_skipped, frozenset({13})),
    "8 event_time is null": Mutation(event_time_is_null, frozenset({1, 13})),
    "8 Firehose's limits are ignored": Mutation(
        limits_of_firehose_are_ignored, frozenset({1}), ("over 500 records and 1000 KiB",)
    ),
    "8 free text leaks": Mutation(free_text_leaks, frozenset({1})),
    "8 big numbers lose digits": Mutation(big_numbers_lose_digits, frozenset({5})),
    "no record is too old": Mutation(no_record_is_too_old, frozenset({13}), ("function throttled",)),
    "9 silver is appended again": Mutation(silver_is_appended_again, frozenset({3})),
    "a write doesn't know itself again": Mutation(
        a_write_does_not_know_itself_again, frozenset({12}), ("committed but timed out",)
    ),
}  # fmt: skip


@contextmanager
def put_back(mutation: Mutation) -> Iterator[None]:
    """The product with the defect; what the process keeps of it is forgotten before and after."""
    with mutation.put_back():
        forget()
        remember()
        yield
    forget()
    remember()
