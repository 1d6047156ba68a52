"""Published insights: one GetItem, sent as they were packed."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tasks.accounts import user_keys
from tasks.insights import payloads, registry
from tasks.models import Insight
from tests.support.table import Wire
from tests.support.tokens import ANN, BOB

AS_OF = "2026-11-22T12:00:00.000Z"


def publish(sub: str, name: str, body: dict[str, Any]) -> None:
    Insight.publish(user_keys.user_key(sub), as_of=AS_OF, payloads={name: payloads.compress(body)})


def test_summary_before_the_first_pass_is_empty(ann: APIClient) -> None:
    assert ann.get("/api/v1/insights").json() == {
        "as_of": None,
        "insights": {name: [] for name in ("lead-time", "due-dates", "rework", "completion-rate", "streak", "mix")},
    }


@pytest.mark.parametrize("name", sorted(registry.REGISTRY))
def test_insight_before_the_first_pass_has_no_rows(ann: APIClient, name: str) -> None:
    body = ann.get(f"/api/v1/insights/{name}").json()
    assert body.pop("definition")
    assert body == {
        "insight": name,
        "unit": registry.REGISTRY[name].unit,
        "as_of": None,
        "from": None,
        "to": None,
        "truncated": False,
        "rows": [],
    }


@pytest.mark.parametrize(("path", "name"), [("", "summary"), ("/throughput", "throughput")])
def test_published_answer_is_sent_as_it_is(ann: APIClient, calls: Wire, path: str, name: str) -> None:
    body: dict[str, Any] = {"as_of": AS_OF, "rows": [{"week": "2026-W47", "completed": 3}], "text": "é"}
    publish(ANN, name, body)
    del calls[:]
    response = ann.get(f"/api/v1/insights{path}")
    assert (response["Content-Type"], response.json()) == ("application/json", body)
    assert calls == ["GetItem"]


def test_somebody_elses_insights_stay_theirs(ann: APIClient) -> None:
    publish(BOB, "mix", {"rows": ["bob's"]})
    assert ann.get("/api/v1/insights/mix").json()["rows"] == []


@pytest.mark.parametrize("name", ["summary", "lead_time", "nothing", "audience", "retention"])
def test_unknown_insight_is_404_without_a_call(ann: APIClient, calls: Wire, name: str) -> None:
    assert ann.get(f"/api/v1/insights/{name}").status_code == 404
    assert calls == []


@pytest.mark.parametrize("path", ["", "/mix", "/throughput", "/organization"])
def test_unknown_parameter_is_400(analyst: APIClient, calls: Wire, path: str) -> None:
    assert analyst.get(f"/api/v1/insights{path}?day=1").status_code == 400
    assert calls == []


def test_browsable_page_shows_a_published_answer(ann: APIClient) -> None:
    publish(ANN, "mix", {"rows": ["of mine"]})
    response = ann.get("/api/v1/insights/mix", headers={"Accept": "text/html"})
    assert response["Content-Type"].startswith("text/html")
    assert b"of mine" in response.content


def test_entries_come_with_their_total(ann: APIClient) -> None:
    body = payloads.compress({"rows": []})
    Insight.publish(user_keys.user_key(ANN), as_of=AS_OF, payloads={"ageing": body}, totals={"ageing": 2345})
    assert ann.get("/api/v1/insights/ageing")["X-Total-Count"] == "2345"


def test_answer_that_the_client_holds_is_304(ann: APIClient, calls: Wire) -> None:
    publish(ANN, "mix", {"as_of": AS_OF, "rows": [1]})
    tag = ann.get("/api/v1/insights/mix")["ETag"]
    del calls[:]
    held = ann.get("/api/v1/insights/mix", headers={"If-None-Match": f'"other", {tag}'})
    assert (held.status_code, held.content, held["ETag"], calls) == (304, b"", tag, ["GetItem"])
    publish(ANN, "mix", {"as_of": AS_OF, "rows": [2]})
    assert ann.get("/api/v1/insights/mix", headers={"If-None-Match": tag}).json()["rows"] == [2]


def test_malformed_tag_is_400(ann: APIClient) -> None:
    publish(ANN, "mix", {})
    assert ann.get("/api/v1/insights/mix", headers={"If-None-Match": "no tag"}).status_code == 400
