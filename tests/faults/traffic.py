"""What users do: their requests, sent again where nothing came back, and what is learnt of each answer."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.faults import truth
from tests.faults.api_checks import Answered, ApiChecks, check_walk, final_states
from tests.faults.clients import TASKS, USERS, Answer, Client
from tests.faults.faults import Effect
from tests.faults.plan import USERS as USER_COUNT
from tests.faults.plan import Request, Step
from tests.faults.scheduler import Actor
from tests.faults.violation import holds
from tests.faults.world import World

# So many pages of any size, then large ones.
PATIENCE = 50


@dataclass
class Traffic:
    """erased: the keys of users who asked for it. answers: a digest of all answers; sent: how many requests."""

    world: World
    users: list[Client] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)
    answers: Any = field(default_factory=hashlib.sha256)
    sent: int = 0

    def __post_init__(self) -> None:
        self.users = [Client(number, self.world.clock) for number in range(USER_COUNT)]
        self.world.pool.users = {user.sub: user.email for user in self.users}
        self.checks = ApiChecks(self.world)
        self.world.watchers.append(self.checks.watch)

    def actors(self, step: Step) -> list[tuple[Request, Actor]]:
        """Who sends a step's requests."""
        return [(request, self.actor(step, place, request)) for place, request in enumerate(step.requests)]

    def actor(self, step: Step, place: int, request: Request) -> Actor:
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
        """A list to its end, in larger pages if it is a long one; the answer's body has all of it."""
        tasks: list[Any] = []
        actor = self.world.scheduler.current
        pages = 0
        while True:
            before = actor.calls if actor else 0
            answer = user.send("GET", path)
            self.checks.bounded("a page of a list", (actor.calls if actor else 0) - before)
            if answer.status != 200:
                return answer
            tasks += answer.json
            link = answer.headers.get("Link")
            if not link:
                return replace(answer, body=json.dumps(tasks).encode())
            path = link.partition(">")[0].removeprefix("<https://testserver").removeprefix("<http://testserver")
            pages += 1
            if pages >= PATIENCE:
                path = re.sub(r"limit=\d+", "limit=100", path)

    def run(self, pairs: list[tuple[Request, Actor]], *others: Actor) -> None:
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
        self.checks.check(one)
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

    def synchronise(self) -> None:
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
            unheard_of = self._put_back_by_hand(user)
            differing = sorted(one for one in held.items() ^ there.items() if one[0] not in unheard_of)
            holds(15, not differing, f"a replica differs in {differing[:3]}")

    def _put_back_by_hand(self, user: Client) -> set[str]:
        """Tasks that came back with the time of an older write: only a walk that begins anew is sure to meet them."""
        newest = {commit.key: commit.by for commit in self.world.table.commits if commit.key[0] == f"USER#{user.sub}"}
        return {sk.removeprefix("TASK#") for (_, sk), by in newest.items() if by == "hand"}

    def _walk_changes(self, user: Client) -> None:
        more = True
        while more:
            query = f"?since={user.sync_token}" if user.sync_token else ""
            answer = user.send("GET", f"{TASKS}/changes{query}")
            holds(12, answer.status == 200, f"changes answered {answer.status}")
            _replicate(user, answer.json)
            more = answer.json["more"]


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
    """Of each task the state with the highest version, as docs/reference/api.md tells clients."""
    for task in (*body["changed"], *body["deleted"]):
        known = user.replica.get(task["id"])
        if known is None or known["version"] <= task["version"]:
            user.replica[task["id"]] = task
    user.sync_token = body["next"]
