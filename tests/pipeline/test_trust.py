"""Reconciling the table with gold, and explaining figures by the events they came from, on a running system."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from infra.local.environment import process_environment
from tests.support.patience import LONG
from tests.support.recomputation import each, iso_week, monday, nearest_rank, run_ending, share, whole_seconds
from tests.support.running import PASSWORD, ROOT, ApiUser, RunningStack

DOMAIN = "trust.example"
EMAIL, ANALYST = f"demo@{DOMAIN}", "analyst@office.example"
URL = "/api/v1/insights"
OPEN = ("pending", "in_progress")
DAY, WEEK = timedelta(days=1), timedelta(days=7)

Cause = dict[str, Any]


@dataclass
class Person:
    """Somebody with a history, and what a pass has published of it."""

    stack: RunningStack
    api: ApiUser
    zone: ZoneInfo
    today: date
    as_of: datetime

    def day(self, cause: Cause) -> date:
        return moment(cause).astimezone(self.zone).date()

    def rows(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.call("GET", f"{URL}/{name}", 200)["rows"]
        return found

    def causes(self, name: str) -> list[Cause]:
        said = self.stack.manage("explain", name, "--user", EMAIL, "--json")
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def moment(cause: Cause) -> datetime:
    return datetime.fromisoformat(cause["changed_at"])


def by_task(causes: list[Cause]) -> list[list[Cause]]:
    """The events of each task, in the order of its versions."""
    tasks: dict[str, list[Cause]] = defaultdict(list)
    for cause in sorted(causes, key=lambda cause: int(cause["event_id"].rpartition(":")[2])):
        tasks[cause["event_id"].split(":")[1]].append(cause)
    return list(tasks.values())


@pytest.fixture(scope="module")
def person(stack: RunningStack) -> Person:
    """A sample history, some work through the API with due dates, and a pass."""
    stack.manage("seed_history", "--users", "3", "--days", "30", "--email-domain", DOMAIN, "--password", PASSWORD)
    api = ApiUser(stack, stack.token(EMAIL))
    zone = ZoneInfo(api.call("GET", "/api/v1/users", 200)["time_zone"])
    today = datetime.now(UTC).astimezone(zone).date()
    for days, status in [(-3, "pending"), (-1, "in_progress"), (5, "pending"), (9, "completed"), (-2, "completed")]:
        due = (today + timedelta(days=days)).isoformat()
        task = api.call("POST", "/api/v1/tasks", 201, json={"title": "Due", "due_date": due, "status": status})
    api.call("PUT", f"/api/v1/tasks/{task['id']}", 200, json={"status": "in_progress"})
    api.call("PUT", f"/api/v1/tasks/{task['id']}", 200, json={"status": "completed"})
    stack.manage("runpipeline")
    as_of = datetime.fromisoformat(api.call("GET", URL, 200)["as_of"])
    return Person(stack, api, zone, as_of.astimezone(zone).date(), as_of)


def durations(person: Person, name: str) -> list[dict[str, Any]]:
    """From a task's first event to its last; a task that was created in its last state has but one."""
    groups: dict[str | None, list[int]] = defaultdict(list)
    for events in by_task(person.causes(name)):
        for week in (None, iso_week(person.day(events[-1]))):
            groups[week].append(whole_seconds(moment(events[0]), moment(events[-1])))
    return [
        {"week": week, "n": len(group), **{f"p{p}_s": nearest_rank(group, p) for p in (50, 85, 95)}}
        for week, group in sorted(groups.items(), key=lambda item: item[0] or "")
    ]


def completions(person: Person) -> list[dict[str, Any]]:
    rows = []
    for created, *later in by_task(person.causes("completions")):
        done = later[-1] if later else created
        starts = [event for event in (created, *later) if event["status_after"] == "in_progress"]
        rows.append(
            {
                "task_id": created["event_id"].split(":")[1],
                "completed_at": done["changed_at"],
                "lead_time_s": whole_seconds(moment(created), moment(done)),
                "cycle_time_s": whole_seconds(moment(starts[0]), moment(done)) if starts else None,
            }
        )
    return rows


def throughput(person: Person) -> list[dict[str, Any]]:
    mondays = Counter(monday(person.day(cause)) for cause in person.causes("throughput"))
    weeks = each(min(mondays), monday(person.today), step=WEEK)
    return [{"week": iso_week(week), "completed": mondays[week]} for week in weeks]


def cumulative_flow(person: Person) -> list[dict[str, Any]]:
    ends: dict[date, dict[str, str | None]] = defaultdict(dict)
    for events in by_task(person.causes("cumulative-flow")):
        for event in events:
            status = None if event["event_name"] == "remove" else event["status_after"]
            ends[person.day(event)][event["event_id"].split(":")[1]] = status
    now: dict[str, str | None] = {}
    rows = []
    for day in each(min(ends), person.today, step=DAY):
        now |= ends[day]
        n = Counter(now.values())
        statuses = ("pending", "in_progress", "completed", "cancelled")
        rows.append({"day": day.isoformat(), **{status: n[status] for status in statuses}})
    return rows


def ageing(person: Person) -> list[dict[str, Any]]:
    p85 = person.rows("lead-time")[0]["p85_s"]
    tasks = by_task(person.causes("ageing"))
    rows = [
        {
            "task_id": events[0]["event_id"].split(":")[1],
            "status": events[-1]["status_after"],
            "age_days": (person.today - person.day(events[0])).days,
            "beyond_p85": whole_seconds(moment(events[0]), person.as_of) > p85,
        }
        for events in tasks
    ]
    return sorted(rows, key=lambda row: str(row["task_id"]), reverse=True)


def due_dates(person: Person) -> list[dict[str, Any]]:
    overdue, kept = 0, []
    for events in by_task(person.causes("due-dates")):
        due = date.fromisoformat(events[-1]["due_date"])
        if events[-1]["status_after"] in OPEN:
            overdue += due < person.today
        else:
            done = [event for event in events if event["status_before"] != "completed"]
            kept.append(person.day(done[-1]) <= due)
    return [{"overdue": overdue, "on_time": share(sum(kept), len(kept))}]


def rework(person: Person) -> list[dict[str, Any]]:
    tasks = by_task(person.causes("rework"))
    reworked = [
        any(e["status_before"] == "completed" and e["status_after"] in OPEN for e in events) for events in tasks
    ]
    return [{"n": len(tasks), "share": share(sum(reworked), len(tasks))}]


def completion_rate(person: Person) -> list[dict[str, Any]]:
    statuses = [cause["status_after"] for cause in person.causes("completion-rate")]
    return [{"n": len(statuses), "share": share(statuses.count("completed"), len(statuses))}]


def streak(person: Person) -> list[dict[str, Any]]:
    days = {person.day(cause) for cause in person.causes("streak")}
    anchor = person.today if person.today in days else person.today - DAY
    return [{"current": run_ending(anchor, days), "longest": max(run_ending(day, days) for day in days)}]


def mix(person: Person) -> list[dict[str, Any]]:
    causes = person.causes("mix")
    columns = {"status": "status_after", "priority": "priority", "category": "category"}
    return [
        {"dimension": dimension, "value": value, "n": n}
        for dimension, column in columns.items()
        for value, n in Counter(cause[column] for cause in causes).items()
    ]


RECOMPUTED: dict[str, Callable[[Person], list[dict[str, Any]]]] = {
    "lead-time": lambda person: durations(person, "lead-time"),
    "cycle-time": lambda person: durations(person, "cycle-time"),
    "completions": completions,
    "throughput": throughput,
    "cumulative-flow": cumulative_flow,
    "ageing": ageing,
    "due-dates": due_dates,
    "rework": rework,
    "completion-rate": completion_rate,
    "streak": streak,
    "mix": mix,
}


@pytest.mark.parametrize("name", RECOMPUTED)
def test_the_events_listed_give_the_published_figures(person: Person, name: str) -> None:
    in_order: Callable[[dict[str, Any]], str] = json.dumps
    assert sorted(RECOMPUTED[name](person), key=in_order) == sorted(person.rows(name), key=in_order)


@pytest.mark.parametrize("name", ["audience", "retention"])
def test_the_users_own_acts_explain_the_audience(person: Person, name: str) -> None:
    sub = person.api.call("GET", "/api/v1/users", 200)["id"]
    causes = person.causes(name)
    days = {moment(cause).date() for cause in causes}
    assert (days, len(causes)) == ({person.as_of.date()}, 7)
    assert person.causes(name) == [json.loads(line) for line in explained(person.stack, name, sub)]


def explained(stack: RunningStack, name: str, user: str) -> Iterator[str]:
    said = stack.manage("explain", name, "--user", user, "--json")
    return (line for line in said.splitlines() if line.startswith("{"))


def test_text_names_event_time_and_statuses(person: Person) -> None:
    (cause, *_), (line, *_) = (
        person.causes("streak"),
        person.stack.manage("explain", "streak", "--user", EMAIL).split("\n"),
    )
    assert line == f"{cause['changed_at']}  {cause['event_id']}  {cause['status_before']} -> completed"


def test_analyst_reads_the_organizations_figures_others_do_not(person: Person) -> None:
    person.api.call("GET", f"{URL}/organization", 403)
    stack = person.stack
    analyst = stack.user(ANALYST)
    stack.client("cognito-idp").admin_add_user_to_group(
        UserPoolId=stack.environment["USER_POOL_ID"], Username=ANALYST, GroupName="analysts"
    )
    analyst.bearer = stack.token(ANALYST)
    today = person.as_of.date().isoformat()
    body = analyst.call("GET", f"{URL}/organization/audience?from={today}", 200)
    in_gold = stack.typed_rows("select day, daily, weekly, monthly from insight_audience order by day desc limit 1")
    assert [tuple(row.values()) for row in body["rows"]] == [(today, *in_gold[0][1:])]
    assert (body["to"], body["as_of"]) == (today, person.api.call("GET", URL, 200)["as_of"])


def reconcile(stack: RunningStack, *options: str) -> tuple[int, list[str]]:
    """The exit code, and all lines said."""
    done = subprocess.run(
        [sys.executable, "manage.py", "reconcile", *options],
        cwd=ROOT,
        env=process_environment(stack.environment),
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    return done.returncode, [*done.stdout.splitlines(), *done.stderr.splitlines()]


def test_after_a_pass_there_is_no_difference(person: Person) -> None:
    for options in ([], ["--all"]):
        code, lines = reconcile(person.stack, *options)
        assert (code, len(lines)) == (0, 1)
        assert lines[0].endswith("tasks compared, 0 in flight, no differences.")


def test_a_write_after_the_pass_is_in_flight(person: Person) -> None:
    new = person.api.call("POST", "/api/v1/tasks", 201, json={"title": "Later"})["id"]
    code, lines = reconcile(person.stack)
    assert code == 0
    assert [line.split(":")[0] for line in lines[:-1]] == ["in flight"]
    assert f"task {new} version 1" in lines[0]
    assert ", 1 in flight, no differences." in lines[-1]


def test_an_account_erased_after_the_pass_is_in_flight(person: Person) -> None:
    leaver = ApiUser(person.stack, person.stack.token(f"kofi@{DOMAIN}"))
    leaver.erase()
    for options in ([], ["--all"]):
        code, lines = reconcile(person.stack, *options)
        assert code == 0
        assert [line.endswith("task - the account was erased") for line in lines[:-1]].count(True) == 1
        assert ", 2 in flight, no differences." in lines[-1]


@pytest.fixture(scope="module")
def planted(person: Person) -> dict[str, str]:
    """A difference of each kind in the table, put there behind the API's back; the tasks, by what is wrong."""
    stack = person.stack
    dynamodb, table = stack.client("dynamodb"), stack.environment["TABLE_NAME"]
    pk = {"S": f"USER#{person.api.call('GET', '/api/v1/users', 200)['id']}"}
    query = {"TableName": table, "KeyConditionExpression": "PK = :pk and begins_with(SK, :task)"}
    values = {":pk": pk, ":task": {"S": "TASK#"}}
    items = dynamodb.query(**query, ExpressionAttributeValues=values)["Items"]
    changed, lost, *_ = [item for item in items if "deleted_at" not in item]
    invented = {**changed, "SK": {"S": "TASK#0199f2a4-6c00-7c41-9d35-2f6f0c1f5a77"}, "version": {"N": "1"}}
    dynamodb.put_item(TableName=table, Item=invented)
    version = int(changed["version"]["N"]) + 1
    dynamodb.put_item(TableName=table, Item={**changed, "version": {"N": str(version)}, "priority": {"S": "urgent"}})
    dynamodb.delete_item(TableName=table, Key={"PK": lost["PK"], "SK": lost["SK"]})
    named = {"not in gold": invented, "different": changed, "not in the table": lost}
    return {kind: item["SK"]["S"].removeprefix("TASK#") for kind, item in named.items()}


def test_each_planted_difference_is_named(person: Person, planted: dict[str, str]) -> None:
    code, lines = reconcile(person.stack)
    found = {line.split(":")[0]: line for line in lines if not line.startswith("in flight")}
    assert code == 1
    assert {kind for kind in found if kind in planted} == set(planted)
    assert all(f"task {task_id} " in found[kind] for kind, task_id in planted.items())
    assert "priority: urgent in the table" in found["different"]
    assert any(", 3 differences." in line for line in lines)


def test_a_user_whom_cognito_forgot_is_named_and_found_by_a_scan(person: Person, planted: dict[str, str]) -> None:
    stack = person.stack
    cognito, pool = stack.client("cognito-idp"), stack.environment["USER_POOL_ID"]
    others = [
        user["Username"]
        for user in cognito.list_users(UserPoolId=pool)["Users"]
        if any(a["Value"].endswith(f"@{DOMAIN}") and a["Value"] != EMAIL for a in user["Attributes"])
    ]
    cognito.admin_delete_user(UserPoolId=pool, Username=others[0])
    code, lines = reconcile(stack)
    assert (code, sum(line.startswith("owner unknown: ") for line in lines)) == (1, 1)
    code, lines = reconcile(stack, "--all")
    assert (code, sum(line.startswith("owner unknown: ") for line in lines)) == (1, 0)


def test_differences_are_measured(person: Person, planted: dict[str, str]) -> None:
    now = datetime.now(UTC)
    found = person.stack.client("cloudwatch").get_metric_statistics(
        Namespace="TodoApi/Pipeline",
        MetricName="ReconcileDifferences",
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert max(point["Maximum"] for point in found) >= 3
