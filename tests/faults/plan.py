"""What happens in a seed, decided before anything runs: who asks for what, what goes wrong, when the rest works.

Every step stands by itself: with others taken out it means the same, which is how a history is made short.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any

from tests.faults.faults import ENTITY_WRITES, WRITES, Effect, Fault

USERS = 5
OPERATIONS = 200
FAULTS = 20
STATUSES = ("pending", "in_progress", "completed", "cancelled")
PRIORITIES = ("low", "medium", "high", "urgent")
CATEGORIES = (None, "", "home", "Büro", 'it\'s "home"', "\u4ed5\u4e8b", "a,b;c", "null", "\U0001f4dd", "two\nlines")
ZONES = ("UTC", "Europe/Rome", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu")
DAY = 24 * 3600

READS = ("GetItem", "BatchGetItem", "Query")


@dataclass(frozen=True)
class Request:
    """One request of a user. slot: which of the user's tasks; held: If-Match with the version last heard of, or before.

    skew: how far the clock of the machine that answers is off. A request that is cut off or answered 503 is sent
    again, `resent` times at most.
    """

    user: int
    verb: str
    slot: int = 0
    values: Any = None
    key: str | None = None
    held: str = ""
    method: str = ""
    query: str = ""
    skew: float = 0.0
    resent: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Step:
    """`requests` run at the same time. `kind` says what else happens, `details` how."""

    number: int
    kind: str
    requests: tuple[Request, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        shown = {name: value for name, value in asdict(self).items() if value and name not in ("kind", "number")}
        return f"{self.number:4} {self.kind:12} {json.dumps(_sparse(shown), ensure_ascii=False, default=str)}"


def _sparse(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sparse(inner) for name, inner in value.items() if inner not in (None, "", 0, 0.0, (), {}, [])}
    return [_sparse(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def operations(steps: list[Step]) -> int:
    return sum(len(step.requests) for step in steps)


def faults_in(steps: list[Step]) -> int:
    """How many faults a plan holds, those that are steps of their own too."""
    armed = sum(len(step.faults) + sum(len(one.faults) for one in step.requests) for step in steps)
    return armed + sum("fault" in step.details for step in steps)


def plan(seed: int) -> list[Step]:
    """At least OPERATIONS requests of USERS users, with at least FAULTS faults."""
    return _Planner(Random(f"plan {seed}")).plan()


class _Planner:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.steps: list[Step] = []
        self.keys = 0

    def plan(self) -> list[Step]:
        if self.random.random() < 0.05:
            self._add("pass", details={"fault": "nothing in the lake"})
        for user in range(USERS):
            self._add("api", Request(user, self.random.choice(("profile", "create")), values=self._new()))
        while operations(self.steps) < OPERATIONS or faults_in(self.steps) < FAULTS:
            self.random.choices(SCENES, [weight for _, weight in WEIGHTS])[0](self)
            if self.random.random() < 0.12:
                self._add("deliver", details={"size": self.random.choice((1, 3, 10, 1000))}, faults=self._cdc_faults())
        return self.steps

    def _add(self, kind: str, *requests: Request, details: Any = None, faults: tuple[Fault, ...] = ()) -> None:
        self.steps.append(Step(len(self.steps), kind, requests, details or {}, faults))

    # Requests

    def ordinary(self) -> None:
        """One request, with at most one thing that goes wrong at the table."""
        request = self._request()
        if self.random.random() < 0.12:
            request = self._disturbed(request)
        self._add("api", request)
        if self.random.random() < 0.3:
            self._add("wait", details={"seconds": self.random.choice((0, 1, 60, 1800))})

    def writes(self) -> None:
        for _ in range(self.random.randint(2, 5)):
            self._add("api", self._write(self._user()))

    def same_instant(self) -> None:
        """Several users' or one user's requests in the same millisecond."""
        users = [self._user()] * 3 if self.random.random() < 0.5 else [self._user() for _ in range(3)]
        self._add("race", *(self._write(user) for user in users), details={"fault": "same instant"})

    def one_key(self) -> None:
        """Many requests with one key at once, of which one may be cut off."""
        request = replace(self._write(self._user(), keyed=True), resent=2)
        count = self.random.choice((2, 2, 3, 3, 4, 5, 8, 8, 16, 64) if self.random.random() < 0.1 else (2, 3, 4))
        others = [replace(request) for _ in range(count - 1)]
        first = self._disturbed(request) if self.random.random() < 0.4 else request
        self._add("race", first, *others, details={"fault": "one key at once"})

    def contended(self) -> None:
        """One task changed twice or more at once, perhaps deleted meanwhile."""
        user, slot = self._user(), self.random.randrange(100)
        deletes = self.random.random() < 0.4
        some = [
            Request(user, "update", slot, self._changes(), self._key(0.4), self.random.choice(("", "", "held")))
            for _ in range(self.random.randint(2, 4))
        ]
        if deletes:
            some.append(Request(user, "delete", slot, key=self._key(0.4)))
        self._add("race", *some, details={"fault": "update against delete" if deletes else "update against update"})

    def cut_off(self) -> None:
        """The process ends at any call, before or after it was done; the client sends the request again."""
        after = self.random.random() < 0.5
        fault = Fault(
            "killed after the write" if after else "killed before the write",
            Effect.KILL_AFTER if after else Effect.KILL_BEFORE, "dynamodb", WRITES, self.random.choice((0, 0, 0, 1, 2)),
        )  # fmt: skip
        write = self._write(self._user(), keyed=True)
        self._add("api", replace(write, faults=(fault,), resent=3))

    def key_again(self) -> None:
        """A key comes again with another body, method, path or user."""
        user = self._user()
        first = Request(user, "update", self.random.randrange(100), self._changes(), self._key(1))
        what = self.random.choice(("body", "method", "path", "user"))
        other = {
            "body": replace(first, values={"title": "another body"}),
            "method": replace(first, verb="delete", values=None),
            "path": replace(first, verb="create", values=self._new()),
            "user": replace(first, user=(user + 1) % USERS),
        }[what]
        self._add("api", first)
        self._add("api", other, details={"fault": f"key with another {what}"})

    def key_expires(self) -> None:
        """A key comes again when its 24 hours are nearly or just over, and TTL has not run."""
        first = self._write(self._user(), keyed=True)
        self._add("api", first)
        self._add("deliver", details={"size": 1000})
        # Expiry is in whole seconds of a moment a little after this one.
        self._add(
            "wait", details={"seconds": DAY + self.random.choice((-1.5, -1, 0, 1)), "fault": "key near its expiry"}
        )
        self._add("api", first)

    def skewed(self) -> None:
        """Requests answered by machines whose clocks are off, then by one that is right: time goes back."""
        user, skew = self._user(), self.random.choice((-90.0, -2.0, 1.5, 120.0))
        self._add("api", replace(self._write(user), skew=skew), details={"fault": "clock off"})
        self._add("api", self._write(user), details={"fault": "clock goes back"} if skew > 0 else {})

    def pages(self) -> None:
        """A whole list, a page at a time, of short or empty pages or of a while ago."""
        user = self._user()
        fault = Fault("short or empty page", Effect.SHORT_PAGE, "dynamodb", ("Query",), 0, self.random.randint(1, 6))
        if self.random.random() < 0.4:
            fault = Fault("stale read", Effect.STALE, "dynamodb", ("Query",), 0, 3)
        limit = self.random.choice((1, 2, 5, 100))
        query = f"limit={limit}" + self.random.choice(("", "", "&ordering=created_at", "&status=pending"))
        self._add("api", Request(user, "list", query=query, faults=(fault,)))
        sync = Fault("stale read", Effect.STALE, "dynamodb", ("Query",), 0, 2)
        self._add("api", Request(user, "changes", query=f"limit={limit}", faults=(sync,)))

    def batched(self) -> None:
        user = self._user()
        commands: list[Any] = [
            {"action": "create", "ref": "a", "task": self._new()},
            {"action": "update", "ref": "a", "task": self._changes()},
            {"action": "create", "task": self._new()},
        ]
        commands += [{"action": "delete", "ref": "a"}] if self.random.random() < 0.5 else []
        request = Request(user, "batch", values={"commands": commands}, key=self._key(0.7))
        self._add("api", self._disturbed(request) if self.random.random() < 0.5 else request)

    # The table, behind the API's back

    def poison(self) -> None:
        kinds = ("400 KB item", "binary", "nested", "38 digits", "no image")
        kind = self.random.choice(kinds)
        self._add("poison", details={"fault": f"poison: {kind}", "kind": kind, "user": self._user()})

    def ttl(self) -> None:
        self._add("ttl", details={"fault": "TTL's deletion"})

    def deleted_behind(self) -> None:
        """An item goes and comes again as it was, as if by hand."""
        details = {"fault": "deleted and inserted again", "user": self._user(), "slot": self.random.randrange(100)}
        self._add("by hand", details=details)

    def burst(self) -> None:
        """More in one batch than a Firehose record holds."""
        self._add("burst", details={"fault": "over 500 records and 1000 KiB", "user": self._user()})
        self._add("deliver", details={"size": 1000})

    # The way to the lake

    def delivered(self) -> None:
        self._add("deliver", details={"size": self.random.choice((3, 10, 1000))}, faults=self._cdc_faults(certain=True))
        self._add("flush", details=self._flush_details())

    def throttled(self) -> None:
        """The function can't be invoked for hours, while users go on: some records get too old."""
        writes = [self._write(self._user()) for _ in range(self.random.randint(2, 5))]
        hours = [self.random.choice((0.5, 3, 8, 11.5)) for _ in writes]
        self._add("throttle", *writes, details={"fault": "function throttled", "hours": hours})

    def passes(self) -> None:
        kind = self.random.choice(("plain", "killed", "killed", "two", "again"))
        details: dict[str, Any] = {}
        faults: tuple[Fault, ...] = ()
        if kind == "killed":
            service = self.random.choice(("s3", "s3", "s3", "glue"))
            faults = (
                Fault("pass killed", self._kill(), service, (), self.random.randrange(60 if service == "s3" else 4)),
            )
        if kind == "two":
            details = {"fault": "two passes at once", "two": True}
        if kind == "again":
            details = {"fault": "pass without new data", "again": True}
        self._add("flush", details=self._flush_details())
        self._add("pass", details=details, faults=faults)

    def published(self) -> None:
        """Insights are published while they are read, and the publisher may be cut off."""
        fault = Fault("publication killed", self._kill(), "dynamodb", WRITES, self.random.randrange(8))
        some = (fault,) if self.random.random() < 0.5 else ()
        readers = [Request(self._user(), "insights") for _ in range(2)]
        self._add("publish", *readers, faults=some)

    def redriven(self) -> None:
        self._add("redrive")

    def erased(self) -> None:
        """The last user goes; a left-over token writes on, and what was on its way arrives later."""
        if operations(self.steps) < OPERATIONS // 2 or any(step.kind == "erase" for step in self.steps):
            return
        faults = (Fault("erasure cut off", self._kill(), "dynamodb", WRITES, self.random.randrange(3)),)
        erase = Request(USERS - 1, "erase", resent=3, faults=faults if self.random.random() < 0.5 else ())
        self._add("erase", erase, details={"fault": "erasure with events in flight"})
        self._add("api", Request(USERS - 1, "create", values=self._new()))
        self._add("api", Request(USERS - 1, "profile"))

    # Parts

    def _user(self) -> int:
        return self.random.randrange(USERS)

    def _key(self, likelihood: float) -> str | None:
        self.keys += 1
        return f"key-{self.keys}" if self.random.random() < likelihood else None

    def _new(self) -> dict[str, Any]:
        return {"title": f"secret title {self.random.randrange(1000)}", **self._changes()}

    def _changes(self) -> dict[str, Any]:
        values: dict[str, Any] = {
            "title": f"secret title {self.random.randrange(1000)}",
            "description": self.random.choice((None, "secret text")),
            "status": self.random.choice(STATUSES),
            "priority": self.random.choice(PRIORITIES),
            "category": self.random.choice(CATEGORIES),
            "due_date": self.random.choice((None, "2026-03-31", "2026-04-01", "2026-04-02", "2026-12-31")),
        }
        chosen = self.random.sample(sorted(values), self.random.choice((1, 2, 3)))
        return {name: values[name] for name in chosen}

    def _write(self, user: int, *, keyed: bool = False) -> Request:
        key = self._key(1.0 if keyed else 0.25)
        slot = self.random.randrange(100)
        verb = self.random.choices(("create", "update", "delete"), (4, 5, 1))[0]
        if verb == "create":
            return Request(user, verb, values=self._new(), key=key)
        held = self.random.choice(("", "", "", "held", "stale"))
        if verb == "delete":
            return Request(user, verb, slot, key=key, held=held)
        return Request(user, verb, slot, self._changes(), key, held, self.random.choice(("PUT", "PATCH")))

    def _request(self) -> Request:
        user = self._user()
        if self.random.random() < 0.65:
            return self._write(user)
        verb = self.random.choices(("get", "list", "changes", "profile", "rename", "insights"), (6, 2, 2, 1, 2, 1))[0]
        if verb == "rename":
            return Request(user, verb, values={"time_zone": self.random.choice(ZONES)}, key=self._key(0.3))
        return Request(user, verb, self.random.randrange(100))

    def _disturbed(self, request: Request) -> Request:
        times, lost = self.random.randint(1, 4), self.random.choice((1, 1, 2, 4))
        fault = self.random.choice((
            Fault("throttled", Effect.THROTTLE, "dynamodb", (), 0, times),
            Fault("table failing", Effect.FAIL, "dynamodb", (), 0, times),
            Fault("committed but timed out", Effect.LOSE_ANSWER, "dynamodb", ENTITY_WRITES, 0, lost),
            Fault("transaction conflict", Effect.CONFLICT, "dynamodb", ENTITY_WRITES, 0, self.random.choice((1, 2, 7))),
            Fault("stale read", Effect.STALE, "dynamodb", READS, 0, 2),
        ))  # fmt: skip
        return replace(request, faults=(fault,), resent=self.random.choice((0, 2)))

    def _cdc_faults(self, *, certain: bool = False) -> tuple[Fault, ...]:
        if not certain and self.random.random() < 0.6:
            return ()
        refusals = Fault("records refused", Effect.REFUSE_SOME, "firehose", (), 0, self.random.randint(1, 4))
        return (self.random.choices((
            refusals,
            Fault("records refused for ever", Effect.REFUSE_ALL, "firehose", (), 0, 10_000),
            Fault("accepted but answered 500", Effect.LOSE_ANSWER, "firehose", (), 0, self.random.randint(1, 3)),
            Fault("time-out in mid-batch", self._kill(), "firehose", (), 0, self.random.randint(1, 2)),
            Fault("batch delivered again", Effect.REPEAT_BATCH, "mapping", (), 0, self.random.randint(1, 4)),
            Fault("suffix delivered again", Effect.REPEAT_SUFFIX, "mapping"),
        ), (4, 0.5, 4, 4, 3, 3))[0],)  # fmt: skip

    def _kill(self) -> Effect:
        return self.random.choice((Effect.KILL_BEFORE, Effect.KILL_AFTER))

    def _flush_details(self) -> dict[str, Any]:
        damage = self.random.choice(
            (None, None, "delivered twice", "late", "truncated gzip", "bad UTF-8", "two in a line", "version 2")
        )
        fault = {"fault": f"object: {damage}"} if damage else {}
        return {
            "parts": self.random.randint(1, 3),
            **fault,
            "damage": damage,
            "hours": self.random.choice((1, 5, 26, 47)),
        }


WEIGHTS: tuple[tuple[Callable[[_Planner], None], float], ...] = (
    (_Planner.ordinary, 40), (_Planner.writes, 12), (_Planner.same_instant, 3), (_Planner.one_key, 4),
    (_Planner.contended, 4), (_Planner.cut_off, 4), (_Planner.key_again, 3), (_Planner.key_expires, 0.2),
    (_Planner.skewed, 2), (_Planner.pages, 2), (_Planner.batched, 3), (_Planner.poison, 0.5), (_Planner.ttl, 1),
    (_Planner.deleted_behind, 0.5), (_Planner.burst, 0.03), (_Planner.throttled, 0.2), (_Planner.delivered, 3),
    (_Planner.passes, 1.6),
    (_Planner.published, 0.6), (_Planner.redriven, 0.5), (_Planner.erased, 0.6),
)  # fmt: skip
SCENES = [scene for scene, _ in WEIGHTS]


def parts_of(step: Step) -> Iterator[Step]:
    """The step with a request or a fault less, to make a history shorter."""
    if len(step.requests) > 1:
        for place in range(len(step.requests)):
            yield replace(step, requests=step.requests[:place] + step.requests[place + 1 :])
    for place, request in enumerate(step.requests):
        if request.faults:
            plain = replace(request, faults=())
            yield replace(step, requests=(*step.requests[:place], plain, *step.requests[place + 1 :]))
    if step.faults:
        yield replace(step, faults=())
