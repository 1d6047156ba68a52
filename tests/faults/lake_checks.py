"""Invariants of the way from the table to the lake and back, checked at checkpoints and where all has come to rest."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from glue.job.silver_pass import SilverPass
from glue.lake import metrics as pipeline
from glue.lake import objects, paths, quarantine
from tasks.insights.reconciliation import State, Stored, compare
from tests.faults import engine, truth
from tests.faults.aws.stream import Record, number_of, shard_id
from tests.faults.gold import RecomputedGold
from tests.faults.violation import holds
from tests.faults.world import World
from tests.support.recomputation import ORGANIZATION, recompute
from tests.support.replay import Task, replay

FAR = datetime(2027, 1, 1, tzinfo=UTC)


@dataclass
class LakeChecks:
    world: World
    taken: set[str] = field(default_factory=set)
    looked_at: int = 0

    # On the way

    def passed(self, shard: int, records: list[Record]) -> None:
        """The checkpoint moves only past what Firehose has taken, the failure queue names, or makes no event."""
        accepted = self.world.delivery.accepted
        self.taken.update(name for name in map(_id_in, accepted[self.looked_at :]) if name)
        self.looked_at = len(accepted)
        ranges = _ranges(self.world, shard)
        for record in records:
            name, number = self._event_id(record), number_of(record)
            safe = name is None or name in self.taken or any(first <= number <= last for first, last in ranges)
            holds(13, safe, f"the checkpoint passed {name}, which is in neither bronze nor the failure queue")

    def invoked(self, records: list[Record], answer: Any, metrics: Any) -> None:
        """in = processed + filtered + failed, as the metrics say."""
        told = metrics["RecordsProcessed"] + metrics["RecordsFiltered"] + metrics["RecordsFailed"]
        holds(17, told == len(records), f"{len(records)} records in, {told} in the metrics")
        failed = len(answer["batchItemFailures"])
        holds(17, failed == metrics["RecordsFailed"], f"{failed} failures reported, {metrics['RecordsFailed']} counted")

    def passed_through_silver(self, done: SilverPass | None, read: list[str]) -> None:
        """lines in = new + duplicates + quarantined + suppressed."""
        if done is None:
            return
        told = done.new_events + done.duplicates + done.quarantined + done.suppressed
        lines = sum(len(_lines_of(self.world, key)) for key in read)
        holds(17, done.lines == told == lines, f"{lines} lines in bronze, {done.lines} read, {told} accounted for")
        for metric, name in pipeline.SILVER.items():
            counted, value = getattr(done, name), self.world.metrics.last(pipeline.NAMESPACE, metric)
            holds(17, counted == value, f"{metric} is {value}, {name} {counted}")

    def _event_id(self, record: Record) -> str | None:
        """What must not get lost: a poison record's name is its number."""
        commit = self.world.table.commits[int(record["eventID"], 16)]
        if commit.by == truth.POISON:
            return f"poison record {number_of(record)}" if commit.new else None
        return truth.event_id(record, self.world.secret)

    # At rest

    def events(self) -> list[truth.Event]:
        world = self.world
        return list(truth.events(world.table.commits, world.stream.shards, world.secret))

    def at_rest(self, erased: set[str]) -> None:
        """Everything was delivered, redriven and taken in."""
        world = self.world
        events = [event for event in self.events() if event["user_key"] not in erased]
        written = {event["event_id"] for event in events}
        in_bronze = {name for name in map(_id_in, self._bronze_lines()) if name}
        holds(1, written <= in_bronze, f"{len(written - in_bronze)} events lost: {_some(written - in_bronze)}")
        everything = {event["event_id"] for event in self.events()}
        holds(2, in_bronze <= everything, f"events nobody wrote: {_some(in_bronze - everything)}")
        rows = silver_rows(world)
        ids = [row["event_id"] for row in rows]
        holds(3, len(set(ids)) == len(ids), f"{len(ids)} rows of {len(set(ids))} events: {_some(_twice(ids))}")
        self._silver_is_a_function_of_the_events(events, rows)
        self._states_are_the_tables(rows, erased)
        self._gold(events, rows)

    def _silver_is_a_function_of_the_events(self, events: list[truth.Event], rows: list[Any]) -> None:
        expected = engine.dedupe(events)
        found = {row["event_id"]: row for row in rows}
        holds(5, expected.keys() == found.keys(), f"silver lacks or invents {_some(expected.keys() ^ found.keys())}")
        for name, row in found.items():
            wrong = [column for column in row if row[column] != expected[name][column]]
            holds(5, not wrong, f"{name} differs in {wrong}: {[(row[c], expected[name][c]) for c in wrong]}")

    def _states_are_the_tables(self, rows: list[Any], erased: set[str]) -> None:
        """The current states, task by task, by the product's own comparison; and the profiles."""
        newest = {row["entity_id"]: row for row in sorted(rows, key=lambda row: int(row["version"]))}
        gold: dict[str, dict[str, State]] = {}
        for task in replay(rows):
            gold.setdefault(task.owner, {})[task.task_id] = _state(task, newest[task.task_id])
        table = stored(self.world)
        for owner in sorted({*gold, *table} - erased):
            for finding in compare(owner, table.get(owner, {}), gold.get(owner, {}), passed_at=FAR):
                holds(4, condition=False, text=f"{finding.kind}: {finding.task_id} {finding.detail}")
        for (pk, sk), item in self.world.table.items.items():
            if sk == "PROFILE" and item["entity"]["S"] == "user":
                key = truth.user_key(self.world.secret, pk.removeprefix("USER#"))
                known = newest.get(key, {}).get("after", {}).get("time_zone")
                holds(4, known == item["time_zone"]["S"], f"profile of {key}: {known} in silver")

    def _gold(self, events: list[truth.Event], rows: list[Any]) -> None:
        as_of = self.world.clock.moment
        from_silver, from_table = recompute(rows, as_of), recompute(engine.dedupe(events).values(), as_of)
        for relation, expected in from_table.items():
            found = from_silver[relation]
            holds(7, sorted(found, key=repr) == sorted(expected, key=repr), f"{relation} of silver is not the table's")
        self._sums(from_silver)

    def _sums(self, relations: Any) -> None:
        kpis = dict(relations["business_metrics_kpis"])
        for place, metric in ((1, "total_tasks"), (2, "completed_tasks")):
            total = sum(row[place] for row in relations["task_analytics_user_metrics"])
            holds(8, total == kpis[metric], f"{metric}: users have {total}, all have {kpis[metric]}")
        for relation in ("insight_completion_rate", "insight_rework"):
            counts = {row[0]: row[1] for row in relations[relation]}
            whole = counts.pop(ORGANIZATION, 0)
            holds(8, sum(counts.values()) == whole, f"{relation}: users have {sum(counts.values())}, all have {whole}")

    def _bronze_lines(self) -> Iterable[bytes]:
        keys = [key for key in self.world.bucket.objects if key.startswith(paths.BRONZE)]
        return [line for key in keys for line in _lines_of(self.world, key)]

    # After an erasure

    def forgotten(self, traces: dict[str, str]) -> None:
        """No byte anywhere tells of who was erased. traces: what to look for, by what it is."""
        world = self.world
        places = {f"table {key}": json.dumps(item) for key, item in world.table.items.items()}
        places |= {f"s3 {key}": _text_of(key, found.body) for key, found in world.bucket.objects.items()}
        places |= {f"s3's key {key}": key for key in world.bucket.objects}
        places |= {f"queue {name}": message.body for name, message in world.queue.messages.items()}
        places["user pool"] = json.dumps(world.pool.users)
        places["catalog"] = json.dumps(world.catalog.partitions)
        for place, text in places.items():
            for what, trace in traces.items():
                holds(16, trace not in text, f"{place} still has the erased user's {what}")


def silver_rows(world: World) -> list[Any]:
    """What readers find, through the catalog."""
    folders = world.catalog.locations("change_events").values()
    return [row for folder in folders for row in engine.read_rows(world.bucket, folder)]


def stored(world: World) -> dict[str, dict[str, Stored]]:
    """The table's tasks by their owners' key, as `reconcile` sees them, told without the product's models."""
    found: dict[str, dict[str, Stored]] = {}
    for (pk, sk), item in world.table.items.items():
        if not sk.startswith("TASK#") or not truth.is_entity(item) or "version" not in item or "poison" in item:
            continue
        text = {name: value["S"] for name, value in item.items() if "S" in value}
        created = datetime.fromtimestamp(int(sk[5:].replace("-", "")[:12], 16) / 1000, UTC)
        deleted = State(int(item["version"]["N"]), is_deleted=True)
        live = State(
            int(item["version"]["N"]), is_deleted=False, status=text["status"], priority=text["priority"],
            category=text.get("category"), due_date=text.get("due_date"), created_at=_millisecond(created),
            started_at=_instant(text.get("started_at")), completed_at=_instant(text.get("completed_at")),
        )  # fmt: skip
        key = truth.user_key(world.secret, pk.removeprefix("USER#"))
        state = deleted if "deleted_at" in item else live
        found.setdefault(key, {})[sk[5:]] = Stored(state, datetime.fromisoformat(text["updated_at"]))
    return found


def gold_of(world: World) -> RecomputedGold:
    manifests = [key for key in world.bucket.objects if key.startswith(paths.MANIFESTS)]
    newest = max(manifests).rpartition("/")[2].removesuffix(".json") if manifests else None
    return RecomputedGold(silver_rows(world), world.clock.moment, newest)


def _state(task: Task, newest: Any) -> State:
    if task.deleted:
        return State(newest["version"], is_deleted=True)
    after = newest["after"]
    return State(
        newest["version"], is_deleted=False, status=task.status, priority=task.priority, category=task.category,
        due_date=task.due_date.isoformat() if task.due_date else None, created_at=_instant(after["created_at"]),
        started_at=_instant(after.get("started_at")), completed_at=_instant(after.get("completed_at")),
    )  # fmt: skip


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=round(moment.microsecond / 1000) * 1000)


def _ranges(world: World, shard: int) -> list[tuple[int, int]]:
    batches = [json.loads(message.body)["DDBStreamBatchInfo"] for message in world.queue.messages.values()]
    return [
        (int(batch["startSequenceNumber"]), int(batch["endSequenceNumber"]))
        for batch in batches if batch["shardId"] == shard_id(shard)
    ]  # fmt: skip


def _lines_of(world: World, key: str) -> list[bytes]:
    body = world.bucket.objects[key].body
    if not quarantine.is_whole(key, body):
        return []
    return [line for line in objects.plain(key, body).splitlines() if line.strip()]


def _id_in(line: bytes) -> str | None:
    event = engine.event_of(line)
    return event["event_id"] if event else None


def _text_of(key: str, body: bytes) -> str:
    return objects.plain(key, body).decode(errors="replace") if quarantine.is_whole(key, body) else ""


def _twice(ids: list[str]) -> list[str]:
    return [name for name, count in Counter(ids).items() if count > 1]


def _some(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:3])
