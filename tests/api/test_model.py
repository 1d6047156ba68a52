"""Any sequence of requests, against a model of what the service promises; hypothesis looks for one that breaks it."""

import json
from datetime import date
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from moto import mock_aws
from rest_framework.test import APIClient

from tasks.models import keys
from tests.support.clients import client_of
from tests.support.table import make_table
from tests.support.tokens import ANN, id_claims, signed

URL = "/api/v1/tasks"
WRITABLE = ("title", "description", "status", "priority", "category", "due_date")
VALUES = {
    "title": st.sampled_from(["a", "b", "<script>", "=cmd|'/C calc'!A0", "\u202eabc"]),
    "description": st.sampled_from([None, "", "text"]),
    "status": st.sampled_from(["pending", "in_progress", "completed", "cancelled"]),
    "priority": st.sampled_from(["low", "medium", "high", "urgent"]),
    "category": st.sampled_from([None, "", "home", "Büro"]),
    "due_date": st.one_of(st.none(), st.dates(date(2026, 11, 1), date(2026, 12, 31)).map(date.isoformat)),
}
CHANGES = st.fixed_dictionaries({}, optional=VALUES).filter(bool)
NEW = st.fixed_dictionaries({"title": VALUES["title"]}, optional={n: v for n, v in VALUES.items() if n != "title"})
KEYED = st.booleans()


class Service(RuleBasedStateMachine):
    tasks = Bundle("tasks")

    @initialize()
    def begin(self) -> None:
        self.aws = mock_aws()
        self.aws.start()
        self.table = make_table()
        self.client: APIClient = client_of(signed(id_claims(ANN)))
        self.expected: dict[str, dict[str, Any]] = {}
        self.requests = 0

    def teardown(self) -> None:
        if hasattr(self, "aws"):
            self.aws.stop()

    def send(self, method: str, path: str, body: Any = None, *, keyed: bool = False, **headers: str) -> Any:
        """The answer; a keyed request is sent twice, and answers the same both times."""
        self.requests += 1
        content: Any = b"" if body is None else json.dumps(body).encode()
        if not keyed:
            return self.client.generic(method, path, content, content_type="application/json", headers=headers)
        headers = {**headers, "Idempotency-Key": f"key-{self.requests}"}
        first, again = (
            self.client.generic(method, path, content, content_type="application/json", headers=headers)
            for _ in range(2)
        )
        if first.status_code < 300:
            assert (again.status_code, again.content) == (first.status_code, first.content)
            assert again["Idempotent-Replayed"] == "true"
        return first

    @rule(target=tasks, values=NEW, keyed=KEYED)
    def create(self, values: dict[str, Any], keyed: bool) -> str:
        response = self.send("POST", URL, values, keyed=keyed)
        assert response.status_code == 201
        task: dict[str, Any] = response.json()
        blank = {"description": None, "category": None, "due_date": None, "status": "pending", "priority": "medium"}
        assert {name: task[name] for name in WRITABLE} == {**blank, **values}
        assert (task["version"], task["created_at"]) == (1, task["updated_at"])
        assert keys.creation_of(task["id"]).isoformat(timespec="milliseconds")[:23] == task["created_at"][:23]
        assert (task["started_at"] is not None) == (task["status"] == "in_progress")
        assert (task["completed_at"] is not None) == (task["status"] == "completed")
        self.expected[task["id"]] = task
        return str(task["id"])

    @rule(task_id=tasks, values=CHANGES, keyed=KEYED, method=st.sampled_from(["PUT", "PATCH"]))
    def change(self, task_id: str, values: dict[str, Any], keyed: bool, method: str) -> None:
        response = self.send(method, f"{URL}/{task_id}", values, keyed=keyed)
        before = self.expected.get(task_id)
        if before is None:
            assert response.status_code == 404
            return
        task: dict[str, Any] = response.json()
        kept = {**before, **values}
        assert {name: task[name] for name in WRITABLE} == {name: kept[name] for name in WRITABLE}
        assert (task["version"], task["created_at"]) == (before["version"] + 1, before["created_at"])
        self.check_lifecycle(before, task, changed="status" in values)
        self.expected[task_id] = task

    def check_lifecycle(self, before: dict[str, Any], task: dict[str, Any], *, changed: bool) -> None:
        started, completed = before["started_at"], before["completed_at"]
        if changed and task["status"] == "in_progress":
            started = started or task["updated_at"]
        if changed:
            completed = (completed or task["updated_at"]) if task["status"] == "completed" else None
        assert (task["started_at"], task["completed_at"]) == (started, completed)

    @rule(task_id=tasks, behind=st.integers(0, 2), keyed=KEYED)
    def change_by_version(self, task_id: str, behind: int, keyed: bool) -> None:
        before = self.expected.get(task_id)
        if before is None:
            return
        held = f'"{before["version"] - behind}"'
        response = self.send("PATCH", f"{URL}/{task_id}", {"title": "c"}, keyed=keyed, **{"If-Match": held})
        assert response.status_code == (412 if behind else 200)
        if not behind:
            self.expected[task_id] = response.json()

    @rule(task_id=consumes(tasks), keyed=KEYED)
    def delete(self, task_id: str, keyed: bool) -> None:
        response = self.send("DELETE", f"{URL}/{task_id}", keyed=keyed)
        assert response.status_code == (204 if task_id in self.expected else 404)
        self.expected.pop(task_id, None)
        assert self.send("GET", f"{URL}/{task_id}").status_code == 404

    @rule(task_id=tasks)
    def read(self, task_id: str) -> None:
        response = self.send("GET", f"{URL}/{task_id}")
        assert response.json() == self.expected[task_id]
        assert response["ETag"] == f'"{self.expected[task_id]["version"]}"'

    @rule(name=st.sampled_from(["status", "priority"]), data=st.data())
    def read_filtered(self, name: str, data: st.DataObject) -> None:
        value = data.draw(VALUES[name])
        found = {task["id"] for task in self.send("GET", f"{URL}?{name}={value}").json()}
        assert found == {task_id for task_id, task in self.expected.items() if task[name] == value}

    @invariant()
    def list_is_what_was_written(self) -> None:
        if hasattr(self, "expected"):
            newest_first = [self.expected[task_id] for task_id in sorted(self.expected, reverse=True)]
            assert self.send("GET", URL).json() == newest_first

    @invariant()
    def orders_agree_with_the_items(self) -> None:
        """An index that went stale, or an item that lost a key, would show here."""
        if not hasattr(self, "expected"):
            return
        by_due = self.send("GET", f"{URL}?ordering=due_date").json()
        assert {task["id"]: task for task in by_due} == self.expected
        dated = [task["due_date"] for task in by_due if task["due_date"]]
        assert dated == sorted(dated)
        by_update = [task["updated_at"] for task in self.send("GET", f"{URL}?ordering=-updated_at").json()]
        assert by_update == sorted((task["updated_at"] for task in self.expected.values()), reverse=True)

    @invariant()
    def items_hold_what_is_answered(self) -> None:
        if not hasattr(self, "expected"):
            return
        items = {i["SK"].removeprefix("TASK#"): i for i in self.table.scan()["Items"] if i["entity"] == "task"}
        live = {task_id: item for task_id, item in items.items() if "deleted_at" not in item}
        assert {task_id: int(item["version"]) for task_id, item in live.items()} == {
            task_id: task["version"] for task_id, task in self.expected.items()
        }
        traces = [item for item in items.values() if "deleted_at" in item]
        assert not [item for item in traces if {"title", "description", "category"} & item.keys()]


TestService = Service.TestCase
TestService.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
