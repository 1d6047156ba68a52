"""The way of what was written: stream, function, Firehose, silver, publication. Each step is started from outside."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3

from cdc_lambda import handler
from cdc_lambda.redrive import DeadLetters
from glue.job.silver_pass import run_pass
from glue.job.storage import S3Storage
from glue.lake import Lake, erasures, paths, planning
from glue.lake.commit import PassOvertakenError
from glue.operations import redrive
from tasks.accounts import erasure
from tasks.insights import publishing
from tasks.models import Item, instants
from tests.faults.aws.event_source import Disturbance, EventSourceMapping, FunctionError
from tests.faults.aws.stream import SHARDS, Record
from tests.faults.damage import DAMAGES
from tests.faults.faults import Armed, Effect, Fault
from tests.faults.lake_checks import LakeChecks, gold_of
from tests.faults.plan import Step
from tests.faults.scheduler import Actor
from tests.faults.violation import holds
from tests.faults.world import BUCKET, DATABASE, World

HOUR = 3600
DAY = 24 * HOUR


@cache
def _clients() -> dict[str, Any]:
    connect: Any = boto3.client
    return {name: connect(name) for name in ("s3", "glue", "sqs", "dynamodbstreams", "dynamodb")}


@dataclass
class Pipeline:
    """invocation: the faults of the function's next calls. whole: objects that were cut off, as they will arrive."""

    world: World
    whole: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        world = self.world
        self.checks = LakeChecks(world)
        self.mapping = EventSourceMapping(world.stream, world.queue, self._invoke, self.checks.passed, world.chance)
        self.target = Lake(_clients()["s3"], _clients()["glue"], BUCKET, DATABASE)
        self.invocation = Armed((), world.tally)

    def deliver(self, step: Step) -> None:
        """Each shard's next batch, the shards in any order."""
        self.invocation = Armed([fault for fault in step.faults if fault.service == "firehose"], self.world.tally)
        for fault in step.faults:
            if fault.service == "mapping":
                self.world.tally[fault.name] += 1
                self.mapping.disturbance = Disturbance(fault.times, suffix=fault.effect == Effect.REPEAT_SUFFIX)
        shards = list(range(SHARDS))
        self.world.chance.shuffle(shards)
        self.world.tally["shards interleaved"] += 1
        before = self.mapping.bisections, self.mapping.reported
        for shard in shards:
            self.mapping.poll(shard, step.details["size"])
        self.world.tally["bisected batch"] += self.mapping.bisections - before[0]
        self.world.tally["suffix redelivered"] += self.mapping.reported - before[1]
        self.invocation = Armed((), self.world.tally)

    def deliver_all(self, *, delivered: bool = True) -> None:
        """Works off the stream; `delivered`: Firehose writes what it holds too."""
        self.world.clock.advance(60)
        for shard in range(SHARDS):
            while self.mapping.poll(shard):
                pass
        if delivered:
            self.world.delivery.deliver()

    def catch_up(self) -> None:
        """All is delivered that can be, and somebody redrives what the mapping gave up on."""
        self.deliver_all()
        self.redrive()

    @contextmanager
    def throttled(self) -> Iterator[None]:
        """Meanwhile the function can't be invoked; after it what is left is delivered."""
        before = self.mapping.too_old
        self.mapping.throttled = True
        yield
        self.mapping.throttled = False
        self.deliver_all()
        self.world.tally["records too old"] += self.mapping.too_old > before

    def flush(self, step: Step) -> None:
        """Firehose writes what it holds; what its damage is, is in its details."""
        damage = step.details.get("damage")
        if damage == "late":
            self.pass_time(step.details["hours"] * HOUR, delivered=False)
        for key in self.world.delivery.deliver(step.details.get("parts", 1)):
            if damage in DAMAGES:
                DAMAGES[damage](self.world, self.whole, key)

    def redrive(self) -> None:
        self._repair()
        redrive.redrive(self.target, self.world.clock.moment)
        wired = handler._wiring()
        letters = DeadLetters(
            _clients()["sqs"],
            _clients()["dynamodbstreams"],
            "https://sqs.us-east-1.amazonaws.com/1/undelivered",
            *wired,
        )
        letters.redrive()

    def pass_time(self, seconds: float, *, delivered: bool = True) -> None:
        """Within the stream's 24 hours somebody redrives what the mapping gave up on."""
        if seconds > HOUR:
            self.deliver_all(delivered=delivered)
            self.redrive()
            self.note_midnights(seconds)
        self.world.clock.advance(seconds)

    def note_midnights(self, seconds: float) -> None:
        then, before = self.world.clock.now + seconds, self.world.clock.moment
        days = int(then // DAY) - int(self.world.clock.now // DAY)
        after = type(before).fromtimestamp(then, before.tzinfo)
        self.world.tally["late across midnight"] += days > 0 and bool(self.world.delivery.waiting)
        self.world.tally["late across a month's end"] += after.month != before.month and bool(
            self.world.delivery.waiting
        )

    def silver_pass(self, step: Step) -> None:
        """A pass by the job's own path on AWS; cut off, it is started again, with an id of its own."""
        if step.details.get("two"):
            self.world.meanwhile = lambda: self._silver_once(())
        self.silver(step.faults)
        if step.details.get("again"):
            self.world.clock.advance(1)
            self.silver(())

    def silver(self, faults: tuple[Fault, ...]) -> None:
        actor = Actor(lambda: self._silver_once(faults), name="silver", faults=faults)
        self.world.scheduler.run([actor])
        if actor.killed:
            self.world.clock.advance(60)
            actor = Actor(lambda: self._silver_once(()), name="silver")
            self.world.scheduler.run([actor])
        if not isinstance(actor.error, PassOvertakenError):
            raise_errors(actor)

    def _silver_once(self, _: Any) -> None:
        erasure.finish_all(instants.now())
        erased_users = erasures.erased_users(_clients()["dynamodb"], Item.Meta.table_name)
        planned = planning.new_objects(self.target.s3, BUCKET)
        pass_id = paths.pass_id_at(self.world.clock.moment)
        done = run_pass(self.target, S3Storage(), self.world.spark, pass_id, erased_users)
        self.checks.passed_through_silver(done, planned)

    def publish(self) -> None:
        as_of = instants.now()
        publishing.publish(gold_of(self.world), as_of=instants.format_instant(as_of), started_at=as_of)

    def watch_publications(self) -> None:
        """At any moment all that is published of a user is of one publication."""
        for _ in range(60):
            self.world.scheduler.pause(0.05)
            found: dict[str, set[str]] = {}
            for (pk, _sk), item in self.world.table.items.items():
                if pk.startswith("INSIGHTS#"):
                    found.setdefault(pk, set()).add(item["as_of"]["S"])
            for pk, moments in found.items():
                holds(9, len(moments) == 1, f"{pk} has answers as of {sorted(moments)}")

    def _invoke(self, records: list[Record]) -> Any:
        """The function, in a process of its own: cut off, or without an answer, it has failed."""
        actor = Actor(lambda: self._handle(records), name="cdc", armed=self.invocation)
        self.world.scheduler.run([actor])
        if actor.killed or actor.error:
            raise FunctionError
        answer, metrics = actor.result
        self.checks.invoked(records, answer, metrics)
        return answer

    def _handle(self, records: list[Record]) -> Any:
        with redirect_stdout(io.StringIO()) as out:
            answer = handler.handler({"Records": records}, None)
        (line,) = out.getvalue().splitlines()
        emf = json.loads(line)
        return answer, {name: value[0] for name, value in emf.items() if isinstance(value, list)}

    def _repair(self) -> None:
        """What was cut off on its way to S3 is there whole in the end."""
        for key, body in self.whole.items():
            if key in self.world.bucket.objects:
                self.world.bucket.put(key, body)
        self.whole.clear()


def raise_errors(*actors: Actor) -> None:
    for actor in actors:
        if actor.error:
            raise actor.error
