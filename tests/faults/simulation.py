"""Carries out a plan: sends its requests, works its pipeline, breaks what it says is broken, and checks all along."""

import gzip
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import boto3

from cdc_lambda import handler
from cdc_lambda.redrive import DeadLetters
from glue import erasures as listed_erasures
from glue import lake, redrive, silver
from glue.catalogue import Lake
from glue.commit import PassOvertakenError
from tasks import erasure, instants, publishing, services
from tasks.models import Item, Stamp
from tests.faults import truth
from tests.faults.api_checks import Answered, ApiChecks, check_walk, final_states
from tests.faults.aws.event_source import Disturbance, EventSourceMapping, FunctionError
from tests.faults.aws.firehose import bronze_key
from tests.faults.aws.stream import SHARDS, Record
from tests.faults.clients import TASKS, UNKNOWN_TASK, USERS, Answer, Client
from tests.faults.faults import Armed, Effect, Fault
from tests.faults.lake_checks import LakeChecks, gold_of
from tests.faults.plan import USERS as USER_COUNT
from tests.faults.plan import Request, Step
from tests.faults.runtime import living_in
from tests.faults.scheduler import Actor
from tests.faults.violation import holds
from tests.faults.world import BUCKET, DATABASE, World

HOUR = 3600
DAY = 24 * HOUR
BURST = 1000
# As many as no run without faults needs.
MOST_ROUNDS = 20
RETENTION_DAYS = 46


@dataclass
class Outcome:
    """A seed without a violation. digest: of all that was answered, written and delivered."""

    seed: int
    operations: int
    tally: Counter[str]
    digest: str


@cache
def _clients() -> dict[str, Any]:
    connect: Any = boto3.client
    return {name: connect(name) for name in ("s3", "glue", "sqs", "dynamodbstreams", "dynamodb")}


@dataclass
class Simulation:
    """One world and the actors in it."""

    world: World
    users: list[Client] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)
    answers: Any = field(default_factory=hashlib.sha256)
    sent: int = 0

    def __post_init__(self) -> None:
        world = self.world
        self.users = [Client(number, world.clock) for number in range(USER_COUNT)]
        world.pool.users = {user.sub: user.email for user in self.users}
        self.api, self.lake = ApiChecks(world), LakeChecks(world)
        world.watchers.append(self.api.watch)
        self.mapping = EventSourceMapping(world.stream, world.queue, self._invoke, self.lake.passed, world.chance)
        self.target = Lake(_clients()["s3"], _clients()["glue"], BUCKET, DATABASE)
        self.invocation = Armed((), world.tally)
        self.whole: dict[str, bytes] = {}

    # Steps

    def take(self, step: Step) -> None:
        if "fault" in step.details:
            self.world.tally[step.details["fault"]] += 1
        STEPS[step.kind](self, step)

    def requests(self, step: Step) -> None:
        pairs = [(request, self._actor(step, place, request)) for place, request in enumerate(step.requests)]
        self._run_requests(pairs)

    def wait(self, step: Step) -> None:
        self._pass_time(step.details["seconds"])

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

    def throttle(self, step: Step) -> None:
        """Requests hours apart, of which the function hears only when it can be invoked again.

        Somebody redrives what the mapping gives up on meanwhile.
        """
        self._deliver_all()
        self.redrive()
        self.mapping.throttled = True
        before = self.mapping.too_old
        for place, hours in enumerate(step.details["hours"]):
            some = step.requests[place : place + 1]
            self._run_requests([(request, self._actor(step, place, request)) for request in some])
            self._note_midnights(hours * HOUR)
            self.world.clock.advance(hours * HOUR)
            self._deliver_all()
            self.redrive()
        self.mapping.throttled = False
        self._deliver_all()
        self.world.tally["records too old"] += self.mapping.too_old > before

    def flush(self, step: Step) -> None:
        """Firehose writes what it holds; what its damage is, is in its details."""
        damage = step.details.get("damage")
        if damage == "late":
            self._pass_time(step.details["hours"] * HOUR, delivered=False)
        for key in self.world.delivery.deliver(step.details.get("parts", 1)):
            if damage in DAMAGES:
                DAMAGES[damage](self, key)

    def silver_pass(self, step: Step) -> None:
        """A pass by the job's own path on AWS; cut off, it is started again, with an id of its own."""
        if step.details.get("two"):
            self.world.meanwhile = lambda: self._silver_once(())
        self._silver(step.faults)
        if step.details.get("again"):
            self.world.clock.advance(1)
            self._silver(())

    def publish(self, step: Step) -> None:
        """A publication, readers meanwhile, and what they may see."""
        work = Actor(self._publish, name=(step.number, "publish"), faults=step.faults)
        watcher = Actor(self._watch_publications, name="watcher")
        readers = [(one, self._actor(step, place, one)) for place, one in enumerate(step.requests)]
        self._run_requests(readers, work, watcher)
        _raise(watcher, work)
        if work.killed:
            self._publish()

    def redrive(self, _: Step | None = None) -> None:
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
        user = self.users[step.details["user"]]
        key = (f"USER#{user.sub}", f"TASK#{user.task(step.details['slot'])}")
        item = self.world.table.items.get(key)
        if item:
            self.world.table.write(key, None, "hand")
            self.world.clock.advance(1)
            self.world.table.write(key, item, "hand")

    def burst(self, step: Step) -> None:
        """A thousand writes at once, as an import makes them: two batches, the second of over 1000 KiB."""
        sub, now = self.users[step.details["user"]].sub, instants.now()
        values = {"title": "secret title", "category": "\U0001f4dd" * 50, "due_date": "2026-12-31"}
        tasks = [
            services.new_task(sub=sub, values=values, stamp=Stamp(now=now, changed_at=now, actor="import"))
            for _ in range(BURST)
        ]
        for version in (1, 2):
            for task in tasks:
                task.version = version
                item = task.serialize()
                self.world.table.write((item["PK"]["S"], item["SK"]["S"]), item, "burst")

    # Requests

    def _actor(self, step: Step, place: int, request: Request) -> Actor:
        name = (step.number, place, self.sent)
        self.sent += 1
        return Actor(self._sender(request), name=name, skew=request.skew, faults=request.faults)

    def _sender(self, request: Request) -> Callable[[], Answer]:
        user = self.users[request.user]
        method, path, body, headers, held = _prepared(request, user)

        def send() -> Answer:
            actor = self.world.scheduler.current
            if actor:
                actor.sent = (method, path, body), held, self.world.clock.now + request.skew
            if request.verb == "list":
                return self._walk(user, path)
            return user.send(method, path, body, **headers)

        return send

    def _walk(self, user: Client, path: str) -> Answer:
        """A list to its end; the answer's body has all of it."""
        tasks: list[Any] = []
        actor = self.world.scheduler.current
        while True:
            before = actor.calls if actor else 0
            answer = user.send("GET", path)
            self.api.bounded("a page of a list", (actor.calls if actor else 0) - before)
            if answer.status != 200:
                return answer
            tasks += answer.json
            link = answer.headers.get("Link")
            if not link:
                return replace(answer, body=json.dumps(tasks).encode())
            path = link.partition(">")[0].removeprefix("<https://testserver").removeprefix("<http://testserver")

    def _run_requests(self, pairs: list[tuple[Request, Actor]], *others: Actor) -> None:
        """Runs all at the same time, then looks at what came of each, in the order in which they ended."""
        actors = [actor for _, actor in pairs]
        self.world.scheduler.run([*actors, *others], mark=lambda: len(self.world.table.commits))
        for request, actor in sorted(pairs, key=lambda pair: pair[1].ended):
            self._learn(request, actor)
        for request, actor in pairs:
            self._send_again(request, actor)

    def _send_again(self, request: Request, actor: Actor) -> None:
        """A client that heard nothing, or was asked to come back, sends the same request again."""
        for _ in range(request.resent):
            if not actor.killed and actor.result.status not in (202, 503):
                return
            again = replace(request, faults=())
            method_path_body = actor.sent
            actor = Actor(self._resender(again, method_path_body), name=("again", self.sent))
            self.sent += 1
            self.world.scheduler.run([actor], mark=lambda: len(self.world.table.commits))
            self._learn(again, actor)

    def _resender(self, request: Request, sent: Any) -> Callable[[], Answer]:
        (method, path, body), held, _ = sent
        headers = _headers(request, held)

        def send() -> Answer:
            actor = self.world.scheduler.current
            if actor:
                actor.sent = (method, path, body), held, self.world.clock.now
            return self.users[request.user].send(method, path, body, **headers)

        return send

    def _learn(self, request: Request, actor: Actor) -> None:
        if actor.error:
            raise actor.error
        user, answer = self.users[request.user], actor.result
        sent, held, shown_at = actor.sent
        one = Answered(
            request, user, sent, held, actor.name, actor.started, actor.ended, shown_at, actor.calls, answer
        )  # fmt: skip
        self.answers.update(repr((actor.name, answer and (answer.status, answer.body))).encode())
        if request.verb == "erase":
            self._erased(user, answer)
        self.api.check(one)
        if answer is None or not answer.succeeded:
            return
        if request.verb == "list":
            self._check_list(one, answer)
        elif request.verb == "changes":
            _replicate(user, answer.json)
        else:
            _remember(user, answer)

    def _check_list(self, one: Answered, answer: Answer) -> None:
        lagging = any(fault.effect == Effect.STALE for fault in one.request.faults)
        if not lagging and "status=" not in one.request.query:
            check_walk(one, [task["id"] for task in answer.json], self.world)

    def _erased(self, user: Client, answer: Answer | None) -> None:
        if user.erased_at is None and (answer is None or answer.status < 300):
            user.erased_at = self.world.clock.now
            self.erased.add(truth.user_key(self.world.secret, user.sub))

    # The stream

    def _invoke(self, records: list[Record]) -> Any:
        """The function, in a process of its own: cut off, or without an answer, it has failed."""
        actor = Actor(lambda: self._handle(records), name="cdc", armed=self.invocation)
        self.world.scheduler.run([actor])
        if actor.killed or actor.error:
            raise FunctionError
        answer, metrics = actor.result
        self.lake.invoked(records, answer, metrics)
        return answer

    def _handle(self, records: list[Record]) -> Any:
        with redirect_stdout(io.StringIO()) as out:
            answer = handler.handler({"Records": records}, None)
        (line,) = out.getvalue().splitlines()
        emf = json.loads(line)
        return answer, {name: value[0] for name, value in emf.items() if isinstance(value, list)}

    # The lake

    def _silver(self, faults: tuple[Fault, ...]) -> None:
        actor = Actor(lambda: self._silver_once(faults), name="silver", faults=faults)
        self.world.scheduler.run([actor])
        if actor.killed:
            self.world.clock.advance(60)
            actor = Actor(lambda: self._silver_once(()), name="silver")
            self.world.scheduler.run([actor])
        if not isinstance(actor.error, PassOvertakenError):
            _raise(actor)

    def _silver_once(self, _: Any) -> None:
        erasure.finish_all(instants.now())
        listed = listed_erasures.listed(_clients()["dynamodb"], Item.Meta.table_name)
        planned = lake.new_objects(self.target.s3, BUCKET)
        pass_id = lake.pass_id_at(self.world.clock.moment)
        spark: Any = None
        summary = silver.run_on_lake(spark, self.target, pass_id, listed)
        self.lake.passed_through_silver(summary, planned)

    def _publish(self) -> None:
        as_of = instants.now()
        publishing.publish(gold_of(self.world), as_of=instants.format_instant(as_of), started_at=as_of)

    def _watch_publications(self) -> None:
        """At any moment all that is published of a user is of one publication."""
        for _ in range(60):
            self.world.scheduler.pause(0.05)
            found: dict[str, set[str]] = {}
            for (pk, _sk), item in self.world.table.items.items():
                if pk.startswith("INSIGHTS#"):
                    found.setdefault(pk, set()).add(item["as_of"]["S"])
            for pk, moments in found.items():
                holds(9, len(moments) == 1, f"{pk} has answers as of {sorted(moments)}")

    def _repair(self) -> None:
        """What was cut off on its way to S3 is there whole in the end."""
        for key, body in self.whole.items():
            if key in self.world.bucket.objects:
                self.world.bucket.put(key, body)
        self.whole.clear()

    def _pass_time(self, seconds: float, *, delivered: bool = True) -> None:
        """Within the stream's 24 hours somebody redrives what the mapping gave up on."""
        if seconds > HOUR:
            self._deliver_all(delivered=delivered)
            self.redrive()
            self._note_midnights(seconds)
        self.world.clock.advance(seconds)

    def _note_midnights(self, seconds: float) -> None:
        then, before = self.world.clock.now + seconds, self.world.clock.moment
        days = int(then // DAY) - int(self.world.clock.now // DAY)
        after = type(before).fromtimestamp(then, before.tzinfo)
        self.world.tally["late across midnight"] += days > 0 and bool(self.world.delivery.waiting)
        self.world.tally["late across a month's end"] += after.month != before.month and bool(
            self.world.delivery.waiting
        )

    # The end

    def settle(self) -> None:
        """No more faults: all is delivered, redriven and taken in; then everything must agree."""
        self._deliver_all()
        self.redrive()
        self._deliver_all()
        self._silver(())
        self.redrive()
        self._silver(())
        self.lake.at_rest(self.erased)
        self._publish()
        self._check_published()
        self._synchronise()
        if self.erased:
            self._forget()

    def _deliver_all(self, *, delivered: bool = True) -> None:
        """Works off the stream; `delivered`: Firehose writes what it holds too."""
        self.world.clock.advance(60)
        for shard in range(SHARDS):
            while self.mapping.poll(shard):
                pass
        if delivered:
            self.world.delivery.deliver()

    def _check_published(self) -> None:
        gold = gold_of(self.world)
        for user in self.users:
            key = truth.user_key(self.world.secret, user.sub)
            if key in self.erased:
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

    def _synchronise(self) -> None:
        """A client that keeps asking for changes ends with what the service holds."""
        states = final_states(self.world)
        for user in self.users:
            if user.erased_at is not None:
                continue
            # A walk that a lagging index began is made good by the next.
            for _ in range(2):
                self._walk_changes(user)
            held = {name: task["version"] for name, task in user.replica.items() if "title" in task}
            there = {name: int(item["version"]["N"]) for name, item in states.get(f"USER#{user.sub}", {}).items()}
            holds(15, held == there, f"a replica differs in {sorted(held.items() ^ there.items())[:3]}")

    def _walk_changes(self, user: Client) -> None:
        more = True
        while more:
            query = f"?since={user.sync_token}" if user.sync_token else ""
            answer = user.send("GET", f"{TASKS}/changes{query}")
            holds(12, answer.status == 200, f"changes answered {answer.status}")
            _replicate(user, answer.json)
            more = answer.json["more"]

    def _forget(self) -> None:
        """The retentions pass; then nothing may be left of who was erased."""
        world = self.world
        for seconds in (3 * HOUR, RETENTION_DAYS * DAY):
            world.clock.advance(seconds)
            world.table.expire()
            self._deliver_all()
            self._silver(())
            self._publish()
            world.bucket.expire()
            world.queue.expire()
        world.clock.advance(RETENTION_DAYS * DAY)
        world.bucket.expire()
        for user in self.users:
            if user.erased_at is not None:
                key = truth.user_key(world.secret, user.sub)
                self.lake.forgotten({"sub": user.sub, "user_key": key, "name": user.name, "e-mail": user.email})

    def digest(self) -> str:
        world = self.world
        self.answers.update(repr([(c.key, c.new, c.at) for c in world.table.commits]).encode())
        self.answers.update(
            repr(sorted((k, hashlib.sha256(o.body).hexdigest()) for k, o in world.bucket.objects.items())).encode()
        )
        text: str = self.answers.hexdigest()
        return text


def run(seed: int, steps: Iterable[Step]) -> Outcome:
    """Carries the plan out in a world of its own. Raises ViolationError."""
    with living_in(World(seed)) as world:
        simulation = Simulation(world)
        for step in steps:
            simulation.take(step)
        simulation.settle()
        return Outcome(seed, simulation.sent, world.tally, simulation.digest())


def _raise(*actors: Actor) -> None:
    for actor in actors:
        if actor.error:
            raise actor.error


def _prepared(request: Request, user: Client) -> tuple[str, str, Any, dict[str, str], int | None]:
    """Method, path, body, headers and the version that the request names."""
    task_id = user.task(request.slot)
    query = f"?{request.query}" if request.query else ""
    since = f"&since={user.sync_token}" if user.sync_token else ""
    held = None
    if request.held and task_id in user.tasks:
        held = max(1, user.tasks[task_id] - (request.held == "stale"))
    method, path = {
        "create": ("POST", TASKS),
        "update": (request.method or "PUT", f"{TASKS}/{task_id}"),
        "delete": ("DELETE", f"{TASKS}/{task_id}"),
        "get": ("GET", f"{TASKS}/{task_id}"),
        "list": ("GET", f"{TASKS}{query}"),
        "changes": ("GET", f"{TASKS}/changes{query or '?limit=1000'}{since}"),
        "batch": ("POST", f"{TASKS}/batch"),
        "profile": ("GET", USERS),
        "rename": ("PUT", USERS),
        "insights": ("GET", "/api/v1/insights"),
        "erase": ("DELETE", USERS),
    }[request.verb]
    return method, path, request.values, _headers(request, held), held


def _headers(request: Request, held: int | None) -> dict[str, str]:
    headers = {"Idempotency-Key": request.key} if request.key else {}
    return {**headers, "If-Match": f'"{held}"'} if held is not None else headers


def _remember(user: Client, answer: Answer) -> None:
    body = answer.json
    if not isinstance(body, dict):
        return
    results = [result["task"] for result in body.get("results", ()) if result["task"]]
    for task in results or [body]:
        if "title" in task:
            user.tasks[task["id"]] = max(task["version"], user.tasks.get(task["id"], 0))


def _replicate(user: Client, body: Any) -> None:
    """Of each task the state with the highest version, as docs/api.md tells clients."""
    for task in (*body["changed"], *body["deleted"]):
        known = user.replica.get(task["id"])
        if known is None or known["version"] <= task["version"]:
            user.replica[task["id"]] = task
    user.sync_token = body["next"]


# Damage to an object of bronze


def _twice(simulation: Simulation, key: str) -> None:
    body = simulation.world.bucket.objects[key].body
    simulation.world.bucket.put(bronze_key(simulation.world.clock.now, f"again-{key.rpartition('/')[2]}"), body)


def _truncated(simulation: Simulation, key: str) -> None:
    body = simulation.world.bucket.objects[key].body
    simulation.whole[key] = body
    simulation.world.bucket.put(key, body[: len(body) // 2])


def _with_lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Simulation, str], None]:
    def damage(simulation: Simulation, key: str) -> None:
        lines = gzip.decompress(simulation.world.bucket.objects[key].body).splitlines()
        simulation.world.bucket.put(key, gzip.compress(b"\n".join(change(lines)) + b"\n", mtime=0))

    return damage


def _of_version_2(lines: list[bytes]) -> list[bytes]:
    event = {**json.loads(lines[0]), "schema_version": 2, "effort": 3}
    return [json.dumps(event).encode(), *lines]


DAMAGES: dict[Any, Callable[[Simulation, str], None]] = {
    "delivered twice": _twice,
    "truncated gzip": _truncated,
    "bad UTF-8": _with_lines(lambda lines: [*lines, b'{"event_id": "\xff\xfe"}']),
    "two in a line": _with_lines(lambda lines: [*lines, lines[0] + lines[-1]]),
    "version 2": _with_lines(_of_version_2),
}
POISONED: dict[str, dict[str, Any]] = {
    "400 KB item": {"entity": {"S": "task"}, "version": {"N": "1"}, "status": {"S": "x" * 400_000}},
    "binary": {"entity": {"S": "task"}, "version": {"N": "1"}, "status": {"B": "AAEC"}, "updated_at": {"B": "/w=="}},
    "nested": {"entity": {"S": "task"}, "version": {"N": "1"}, "category": {"M": {"a": {"L": [{"N": "1"}]}}}},
    "38 digits": {"entity": {"S": "task"}, "version": {"N": "9" * 38}, "status": {"S": "pending"}},
    "no image": {"entity": {"S": "task"}, "version": {"N": "1"}},
}
STEPS: dict[str, Callable[[Simulation, Step], None]] = {
    "api": Simulation.requests, "race": Simulation.requests, "erase": Simulation.requests, "wait": Simulation.wait,
    "deliver": Simulation.deliver, "flush": Simulation.flush, "pass": Simulation.silver_pass,
    "publish": Simulation.publish, "redrive": Simulation.redrive, "ttl": Simulation.ttl,
    "throttle": Simulation.throttle,
    "poison": Simulation.poison, "by hand": Simulation.by_hand, "burst": Simulation.burst,
}  # fmt: skip
