"""What the page asks is asked of the API itself: the stand-in's answers are the API's."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from rest_framework.test import APIClient

from tasks.accounts import user_keys
from tasks.insights import payloads, registry
from tasks.models import Insight, keys
from tasks.models.instants import format_instant, parse_instant
from tests.browser import answers
from tests.browser.dashboard import INSIGHTS, LAST_CARD
from tests.browser.standin import StandIn
from tests.support.clients import client_of
from tests.support.page import Page
from tests.support.tokens import ANN, id_claims, signed

ORGANIZATION = f"{INSIGHTS}/organization"
PERIODS = ("", "&weeks=all", "&from=2026-09-01&to=2026-10-03", "&from=2026-05-01&to=2026-05-31")


@pytest.fixture
def analyst(table: Any) -> APIClient:
    """Ann, an analyst; the figures that the stand-in knows are published as hers and as the organization's."""
    for base, owner in ((INSIGHTS, user_keys.user_key(ANN)), (ORGANIZATION, keys.ORGANIZATION)):
        own = (answers.published() | answers.of_organization()).items()
        bodies = {
            path.removeprefix(base).lstrip("/") or registry.SUMMARY: payloads.compress(body)
            for path, body in own
            if path.startswith(base) and (owner == keys.ORGANIZATION or not path.startswith(ORGANIZATION))
        }
        Insight.publish(owner, as_of=answers.AS_OF, payloads=bodies)
    return client_of(signed(id_claims(ANN, **{"cognito:groups": ["analysts"]})))


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize(("of", "last_card"), [("me", LAST_CARD), ("organization", "#card-retention")])
def test_api_answers_what_the_page_asks(
    page: Page, stand_in: StandIn, analyst: APIClient, *, of: str, last_card: str, period: str
) -> None:
    stand_in.answers = answers.published() | answers.of_organization()
    stand_in.context = {"analyst": True}
    page.open(f"/dashboard?of={of}{period}", until=last_card)
    asked = [address for address in stand_in.requested if address.startswith(INSIGHTS)]
    assert any("?from=" in address for address in asked) == (period != "&weeks=all")
    for address in asked:
        response = analyst.get(address)
        path, query = urlsplit(address).path, dict(parse_qsl(urlsplit(address).query))
        assert (response.status_code, response.json()) == (200, json.loads(stand_in.reply(path, query)[2])), address


def test_api_lists_the_tasks_that_the_page_asks_for(figures: Page, stand_in: StandIn, analyst: APIClient) -> None:
    [address] = {address for address in stand_in.requested if address.startswith("/api/v1/tasks")}
    created = [
        analyst.post("/api/v1/tasks", {"title": status, "status": status}, format="json").json()
        for status in ("pending", "completed", "in_progress")
    ]
    listed = analyst.get(address)
    assert listed.status_code == 200
    assert [task["id"] for task in listed.json()] == [created[0]["id"], created[2]["id"]]


def test_api_tells_the_time_zone_that_the_page_asks_for(figures: Page, stand_in: StandIn, analyst: APIClient) -> None:
    [address] = {address for address in stand_in.requested if address.startswith("/api/v1/users")}
    assert analyst.get(address).json()["time_zone"] == "UTC"
    analyst.put(address, {"time_zone": "Asia/Tokyo"}, format="json")
    assert analyst.get(address).json()["time_zone"] == "Asia/Tokyo"


def test_completions_are_spelt_as_the_api_spells_them() -> None:
    [row] = answers.completions()[:1]
    assert format_instant(parse_instant(row["completed_at"])) == row["completed_at"]


@pytest.mark.parametrize("name", sorted(registry.ORGANIZATION))
def test_stand_in_narrows_what_the_api_narrows(name: str) -> None:
    body = answers.of_organization()[f"{ORGANIZATION}/{name}"]
    assert (body["from"] is not None) == (registry.ORGANIZATION[name].period is not None)
    assert body.keys() == payloads.empty_body(name).keys()
