"""Carries out a plan: each step in turn, what happens behind the product's back, and the end, where all must agree."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tasks import services
from tasks.models import WriteContext, instants
from tests.faults import truth
from tests.faults.clients import UNKNOWN_TASK
from tests.faults.damage import POISONED
from tests.faults.lake_checks import gold_of
from tests.faults.pipeline import DAY, HOUR, Pipeline, raise_errors
from tests.faults.plan import Step
from tests.faults.runtime import living_in
from tests.faults.scheduler import Actor
from tests.faults.traffic import Traffic
from tests.faults.violation import holds
from tests.faults.world import World

BURST = 1000
RETENTION_DAYS = 46


@dataclass
class Outcome:
    """A seed without a violation. digest: of all that was answered, written and delivered."""

    seed: int
    operations: int
    tally: Counter[str]
    digest: str


@dataclass
class Simulation:
    """One world, who uses the product in it, and what the product does with what they write."""

    world: World

    def __post_init__(self) -> None:
        self.traffic = Traffic(self.world)
        self.pipeline = Pipeline(self.world)

    def take(self, step: Step) -> None:
        if "fault" in step.details:
            self.world.tally[step.details["fault"]] += 1
        STEPS[step.kind](self, step)

    def requests(self, step: Step) -> None:
        self.traffic.run(self.traffic.actors(step))

    def wait(self, step: Step) -> None:
        self.pipeline.pass_time(step.details["seconds"])

    def throttle(self, step: Step) -> None:
        """Requests hours apart, of which the function hears only when it can be invoked again.

        Somebody redrives what the mapping gives up on meanwhile.
        """
        self.pipeline.catch_up()
        with self.pipeline.throttled():
            for place, hours in enumerate(step.details["hours"]):
                some = step.requests[place : place + 1]
                self.traffic.run([(request, self.traffic.actor(step, place, request)) for request in some])
                self.pipeline.note_midnights(hours * HOUR)
                self.world.clock.advance(hours * HOUR)
                self.pipeline.catch_up()

    def publish(self, step: Step) -> None:
        """A publication, readers meanwhile, and what they may see."""
        work = Actor(self.pipeline.publish, name=(step.number, "publish"), faults=step.faults)
        watcher = Actor(self.pipeline.watch_publications, name="watcher")
        self.traffic.run(self.traffic.actors(step), work, watcher)
        raise_errors(watcher, work)
        if work.killed:
            self.pipeline.publish()

    # Behind the product's back

    def ttl(self, _: Step) -> None:
        self.world.table.expire()

    def poison(self, step: Step) -> None:
        """An item that no code of the product could have written, as if by hand."""
        item = {
            **POISONED[step.details["kind"]],
            "PK": {"S": f"USER#nobody-{step.number}"},
            "SK": {"S": f"TASK#{UNKNOWN_TASK}"},
        }
        self.world.table.write((item["PK"]["S"], item["SK"]["S"]), item, truth.POISON)
        if step.details["kind"] == "no image":
            record = self.world.stream.newest(item["PK"]["S"])
            record["dynamodb"].pop("NewImage")
        self.world.table.write((item["PK"]["S"], item["SK"]["S"]), None, truth.POISON)

    def by_hand(self, step: Step) -> None:
        """A task is taken out and put back as it was: a removal, and its version once more."""
        user = self.traffic.users[step.details["user"]]
        key = (f"USER#{user.sub}", f"TASK#{user.task(step.details['slot'])}")
        item = self.world.table.items.get(key)
        if item:
            self.world.table.write(key, None, "hand")
            self.world.clock.advance(1)
            self.world.table.write(key, item, "hand")

    def burst(self, step: Step) -> None:
        """A thousand writes at once, as an import makes them: two batches, the second of over 1000 KiB."""
        sub, now = self.traffic.users[step.details["user"]].sub, instants.now()
        values = {"title": "secret title", "category": "\U0001f4dd" * 50, "due_date": "2026-12-31"}
        tasks = [
            services.new_task(sub=sub, values=values, context=WriteContext(now=now, changed_at=now, actor="import"))
            for _ in range(BURST)
        ]
        for version in (1, 2):
            for task in tasks:
                task.version = version
                item = task.serialize()
                self.world.table.write((item["PK"]["S"], item["SK"]["S"]), item, "burst")

    # The end

    def settle(self) -> None:
        """No more faults: all is delivered, redriven and taken in; then everything must agree."""
        self.pipeline.deliver_all()
        self.pipeline.redrive()
        self.pipeline.deliver_all()
        self.pipeline.silver(())
        self.pipeline.redrive()
        self.pipeline.silver(())
        self.pipeline.checks.at_rest(self.traffic.erased)
        self.pipeline.publish()
        self._check_published()
        self.traffic.synchronise()
        if self.traffic.erased:
            self._forget()

    def _check_published(self) -> None:
        gold = gold_of(self.world)
        for user in self.traffic.users:
            key = truth.user_key(self.world.secret, user.sub)
            if key in self.traffic.erased:
                continue
            answer = user.send("GET", "/api/v1/insights/completion-rate")
            holds(12, answer.status == 200, f"insights answered {answer.status}: {answer.body!r}")
            body = answer.json
            row = [
                dict(zip(("n", "share"), row[1:], strict=True))
                for row in gold.relations["insight_completion_rate"]
                if row[0] == key
            ]
            holds(7, body["rows"] == row, f"completion rate published {body['rows']}, recomputed {row}")

    def _forget(self) -> None:
        """The retentions pass; then nothing may be left of who was erased."""
        world = self.world
        for seconds in (3 * HOUR, RETENTION_DAYS * DAY):
            world.clock.advance(seconds)
            world.table.expire()
            self.pipeline.deliver_all()
            self.pipeline.silver(())
            self.pipeline.publish()
            world.bucket.expire()
            world.queue.expire()
        world.clock.advance(RETENTION_DAYS * DAY)
        world.bucket.expire()
        for user in self.traffic.users:
            if user.erased_at is not None:
                key = truth.user_key(world.secret, user.sub)
                self.pipeline.checks.forgotten(
                    {"sub": user.sub, "user_key": key, "name": user.name, "e-mail": user.email}
                )

    def digest(self) -> str:
        world = self.world
        self.traffic.answers.update(repr([(c.key, c.new, c.at) for c in world.table.commits]).encode())
        self.traffic.answers.update(
            repr(sorted((k, hashlib.sha256(o.body).hexdigest()) for k, o in world.bucket.objects.items())).encode()
        )
        text: str = self.traffic.answers.hexdigest()
        return text


def run(seed: int, steps: Iterable[Step]) -> Outcome:
    """Carries the plan out in a world of its own. Raises ViolationError."""
    with living_in(World(seed)) as world:
        simulation = Simulation(world)
        for step in steps:
            simulation.take(step)
        simulation.settle()
        return Outcome(seed, simulation.traffic.sent, world.tally, simulation.digest())


STEPS: dict[str, Callable[[Simulation, Step], None]] = {
    "api": Simulation.requests,
    "race": Simulation.requests,
    "erase": Simulation.requests,
    "wait": Simulation.wait,
    "deliver": lambda simulation, step: simulation.pipeline.deliver(step),
    "throttle": Simulation.throttle,
    "flush": lambda simulation, step: simulation.pipeline.flush(step),
    "pass": lambda simulation, step: simulation.pipeline.silver_pass(step),
    "publish": Simulation.publish,
    "redrive": lambda simulation, _: simulation.pipeline.redrive(),
    "ttl": Simulation.ttl,
    "poison": Simulation.poison,
    "by hand": Simulation.by_hand,
    "burst": Simulation.burst,
}
