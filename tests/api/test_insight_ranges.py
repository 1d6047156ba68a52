"""Ranges of published insights, and whose they are."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tasks.accounts import user_keys
from tasks.insights import payloads, registry
from tasks.models import Insight, keys
from tests.support.clients import client_of
from tests.support.table import Wire
from tests.support.tokens import ANN, BOB, access_claims, id_claims, signed

URL = "/api/v1/insights"
AS_OF = "2026-11-22T12:00:00.000Z"
WEEKS = ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]
DAYS = ["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"]


def publish(owner: str, name: str, rows: list[dict[str, Any]], bounds: list[str], *, truncated: bool = False) -> None:
    body = payloads.insight_body(
        registry.ORGANIZATION[name],
        as_of=AS_OF,
        first=bounds[0] if bounds else None,
        last=bounds[-1] if bounds else None,
        truncated=truncated,
        rows=rows,
    )
    Insight.publish(owner, as_of=AS_OF, payloads={name: payloads.compress(body)})


@pytest.fixture
def weekly(ann: APIClient) -> APIClient:
    """Ann, who has a row over all weeks and rows of all but the third."""
    rows = [{"week": week, "n": 1} for week in [None, *WEEKS[:2], WEEKS[3]]]
    publish(user_keys.user_key(ANN), "lead-time", rows, WEEKS, truncated=True)
    return ann


@pytest.mark.parametrize(
    ("query", "weeks", "bounds", "truncated"),
    [
        ("?from=2026-W45&to=2026-W46", WEEKS[1:2], ("2026-W45", "2026-W46"), False),
        ("?from=2026-W46", WEEKS[3:], ("2026-W46", "2026-W47"), False),
        ("?to=2026-W44", WEEKS[:1], ("2026-W44", "2026-W44"), True),
        ("?from=2026-W46&to=2026-W46", [], ("2026-W46", "2026-W46"), False),
        ("", [None, *WEEKS[:2], WEEKS[3]], ("2026-W44", "2026-W47"), True),
    ],
)
def test_range_has_its_rows_alone(
    weekly: APIClient, calls: Wire, *, query: str, weeks: list[str | None], bounds: tuple[str, str], truncated: bool
) -> None:
    body = weekly.get(f"{URL}/lead-time{query}").json()
    assert [row["week"] for row in body["rows"]] == weeks
    assert (body["from"], body["to"], body["truncated"]) == (*bounds, truncated)
    assert (body["as_of"], body["insight"], body["unit"]) == (AS_OF, "lead-time", "seconds")
    assert calls == ["GetItem"]


def test_days_have_ranges_too(ann: APIClient) -> None:
    publish(user_keys.user_key(ANN), "cumulative-flow", [{"day": day} for day in DAYS], DAYS)
    body = ann.get(f"{URL}/cumulative-flow?from=2026-11-20&to=2026-11-21").json()
    assert [row["day"] for row in body["rows"]] == DAYS[1:3]


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("?from=2026-W43", ["#/from"]),
        ("?to=2026-W48", ["#/to"]),
        ("?from=2026-W40&to=2026-W41", ["#/from", "#/to"]),
        ("?from=2025-W47&to=2026-W53", ["#/from", "#/to"]),
    ],
)
def test_range_outside_of_what_is_published_is_400_and_names_it(
    weekly: APIClient, query: str, pointers: list[str]
) -> None:
    response = weekly.get(f"{URL}/lead-time{query}")
    errors = response.json()["errors"]
    assert (response.status_code, [error["pointer"] for error in errors]) == (400, pointers)
    assert all("2026-W44 to 2026-W47" in error["detail"] for error in errors)


@pytest.mark.parametrize(
    "query",
    [
        "lead-time?from=2026-W46&to=2026-W45",
        "lead-time?from=2026-W54",
        "lead-time?from=2026-W00",
        "lead-time?from=2025-W53",
        "lead-time?from=0000-W01",
        "lead-time?from=2026-11-20",
        "lead-time?from=",
        "lead-time?from=2026-w46",
        "lead-time?from=2026-W46%0A",
        "lead-time?from=%D9%A2%D9%A0%D9%A2%D9%A6-W46",
        "lead-time?from=2026-W45&from=2026-W46",
        "cumulative-flow?from=2026-W46",
        "cumulative-flow?to=2026-02-29",
        "cumulative-flow?to=20261122",
        "cumulative-flow?from=2026-11-21&to=2026-11-20",
        "mix?from=2026-11-20",
        "ageing?to=2026-W46",
        "streak?from=2026-W45&to=2026-W46",
    ],
)
def test_malformed_or_impossible_range_is_400_without_a_call(ann: APIClient, calls: Wire, query: str) -> None:
    response = ann.get(f"{URL}/{query}")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert {error["pointer"] for error in response.json()["errors"]} <= {"#/from", "#/to"}
    assert calls == []


def test_summary_has_no_range(ann: APIClient, calls: Wire) -> None:
    assert ann.get(f"{URL}?from=2026-W46").status_code == 400
    assert calls == []


@pytest.mark.parametrize("published", [False, True])
def test_range_of_what_has_no_rows_yet_is_empty(ann: APIClient, published: bool) -> None:
    if published:
        publish(user_keys.user_key(ANN), "throughput", [], [])
    response = ann.get(f"{URL}/throughput?from=2026-W46")
    body = response.json()
    assert (response.status_code, body["rows"], body["from"], body["to"]) == (200, [], None, None)


@pytest.mark.parametrize("claims", [id_claims, access_claims])
def test_analyst_reads_the_organization_with_one_call(table: Any, calls: Wire, claims: Any) -> None:
    publish(keys.ORGANIZATION, "throughput", [{"week": week, "completed": 2} for week in WEEKS], WEEKS)
    analyst = client_of(signed(claims(BOB, **{"cognito:groups": ["others", "analysts"]})))
    del calls[:]
    assert [row["week"] for row in analyst.get(f"{URL}/organization/throughput?from=2026-W47").json()["rows"]] == [
        "2026-W47"
    ]
    assert calls == ["GetItem"]


def test_analysts_own_insights_are_still_their_own(analyst: APIClient) -> None:
    publish(keys.ORGANIZATION, "mix", [{"n": 1}], [])
    assert analyst.get(f"{URL}/mix").json()["rows"] == []


@pytest.mark.parametrize("name", [*sorted(registry.ORGANIZATION), ""])
def test_organization_before_the_first_pass_is_empty(analyst: APIClient, name: str) -> None:
    response = analyst.get(f"{URL}/organization/{name}".rstrip("/"))
    assert (response.status_code, response.json()["as_of"]) == (200, None)
    assert response.json().get("rows", []) == []


def test_organizations_summary_is_its_own(analyst: APIClient, calls: Wire) -> None:
    body = payloads.summary(as_of=AS_OF, rows={"streak": [{"current": 1, "longest": 2}]})
    Insight.publish(keys.ORGANIZATION, as_of=AS_OF, payloads={registry.SUMMARY: payloads.compress(body)})
    del calls[:]
    assert analyst.get(f"{URL}/organization").json() == body
    assert calls == ["GetItem"]


@pytest.mark.parametrize("path", ["", "/mix", "/audience", "/retention", "/nothing"])
@pytest.mark.parametrize("groups", [None, [], ["Analysts"], "analysts", {"analysts": 1}])
def test_others_get_403_without_a_call(table: Any, calls: Wire, path: str, groups: Any) -> None:
    claims = {} if groups is None else {"cognito:groups": groups}
    response = client_of(signed(id_claims(ANN, **claims))).get(f"{URL}/organization{path}")
    assert (response.status_code, response.json()["type"]) == (403, "urn:todo-api:problem:permission-denied")
    assert calls == []


@pytest.mark.parametrize("path", ["", "/mix"])
def test_nobody_gets_401(anonymous: APIClient, calls: Wire, path: str) -> None:
    assert anonymous.get(f"{URL}/organization{path}").status_code == 401
    assert calls == []
