"""Publishing on moto's table: who is published, in one step, and what a cut-off or an erasure leaves."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest
from pynamodb.exceptions import PutError, TransactWriteError

from tasks.insights import payloads, publishing, registry
from tasks.insights.payloads import Found
from tasks.insights.registry import ORGANIZATION, REGISTRY, SUMMARY
from tasks.models import Erasure, Insight, Item, Publication, keys
from tests.support.table import Wire, lost_answers
from tests.support.tokens import REGION

pytestmark = pytest.mark.usefixtures("table")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIRST, SECOND = "2026-11-22T12:00:00.000Z", "2026-11-22T13:00:00.000Z"
PASS = "20261122T115900000Z"
ANN, BOB = "a" * 64, "b" * 64


@dataclass
class Lists:
    """Gold in memory: everybody's rows are the same figure. `asked` is what it was asked to count from."""

    n: int = 1
    users: Collection[str] = (ANN, BOB)
    asked: list[Publication | None] = field(default_factory=list)

    def last_pass(self, last: Publication | None) -> str | None:  # noqa: ARG002 -- Gold's signature
        return PASS

    def due(self, last: Publication | None) -> Mapping[str, date]:
        self.asked.append(last)
        return dict.fromkeys([*self.users, keys.ORGANIZATION], NOW.date())

    def found(self, insight: registry.Insight, user_keys: Collection[str]) -> Mapping[str, Found]:
        row = {insight.period.column: "2026"} if insight.period else {}
        return {user_key: Found([{**row, "n": self.n}], 1) for user_key in user_keys}


def publish(gold: Lists, *, as_of: str) -> publishing.Published:
    """On one thread: moto's transactions know of no other."""
    return publishing.publish(gold, as_of=as_of, started_at=NOW, threads=1)


def published(user_key: str) -> dict[str, Any]:
    return {name: json.loads(payloads.decompress(payload)) for name, payload in Insight.all_of(user_key).items()}


def figures(user_key: str) -> set[int]:
    bodies = published(user_key)
    bodies.pop(SUMMARY)
    return {row["n"] for body in bodies.values() for row in body["rows"]}


def erase(user_key: str) -> None:
    kept = {"tombstone_until": NOW + timedelta(hours=2), "listed_until": NOW + timedelta(days=40)}
    Erasure.begin(f"sub of {user_key[0]}", user_key, now=NOW, **kept)


def test_everybody_has_every_insight_the_organization_two_more() -> None:
    assert publish(Lists(), as_of=FIRST) == publishing.Published(users=2, deleted_items=0)
    assert set(published(ANN)) == set(published(BOB)) == {*REGISTRY, SUMMARY}
    assert set(published(keys.ORGANIZATION)) == {*ORGANIZATION, SUMMARY}
    assert {body["as_of"] for body in published(ANN).values()} == {FIRST}


def test_an_owner_changes_in_one_call_and_nothing_is_scanned(calls: Wire) -> None:
    publish(Lists(), as_of=FIRST)
    assert sorted(set(calls)) == ["GetItem", "PutItem", "Query", "TransactWriteItems"]
    assert calls.count("TransactWriteItems") == 3


def test_next_publication_counts_from_the_last_finished_one() -> None:
    gold = Lists()
    publish(gold, as_of=FIRST)
    publish(gold, as_of=SECOND)
    before, last = gold.asked
    assert before is None
    assert last is not None
    assert (last.pass_id, last.as_of, last.committed_on) == (PASS, FIRST, NOW.date())


def test_who_is_not_due_keeps_what_was_published() -> None:
    publish(Lists(1), as_of=FIRST)
    publish(Lists(2, users=[ANN]), as_of=SECOND)
    assert (figures(ANN), figures(BOB), figures(keys.ORGANIZATION)) == ({2}, {1}, {2})


def test_publication_of_another_form_is_no_base(table: Any) -> None:
    Publication.note(pass_id=PASS, as_of=FIRST, form="another", started_at=NOW)
    gold = Lists()
    publish(gold, as_of=SECOND)
    assert gold.asked == [None]


@pytest.mark.parametrize("operation", ["TransactWriteItems", "PutItem"])
def test_cut_off_publication_is_done_again_by_the_next(operation: str) -> None:
    publish(Lists(1), as_of=FIRST)
    with lost_answers(operation, 3), pytest.raises((TransactWriteError, PutError)):
        publish(Lists(2), as_of=SECOND)
    assert publish(Lists(2), as_of=SECOND).users == 2
    assert figures(ANN) == figures(BOB) == figures(keys.ORGANIZATION) == {2}


def test_cut_off_publication_is_not_noted() -> None:
    gold = Lists()
    publish(gold, as_of=FIRST)
    with lost_answers("TransactWriteItems", 3), pytest.raises(TransactWriteError):
        publish(gold, as_of=SECOND)
    publish(gold, as_of=SECOND)
    last = gold.asked[-1]
    assert last is not None
    assert last.as_of == FIRST


def test_reader_of_a_refused_publication_sees_the_old_one_whole() -> None:
    publish(Lists(1, users=[ANN]), as_of=FIRST)
    too_much = dict.fromkeys([*REGISTRY, "y" * 1100], b"x")
    with pytest.raises(TransactWriteError):
        Insight.publish(ANN, as_of=SECOND, payloads=too_much)
    assert figures(ANN) == {1}


def test_erased_account_loses_its_items_and_gets_none(table: Any) -> None:
    publish(Lists(1), as_of=FIRST)
    erase(ANN)
    done = publish(Lists(2), as_of=SECOND)
    assert done == publishing.Published(users=1, deleted_items=len(REGISTRY) + 1)
    assert (published(ANN), figures(BOB)) == ({}, {2})


def test_receipt_counts_what_was_deleted_once() -> None:
    publish(Lists(), as_of=FIRST)
    erase(ANN)
    for _ in range(2):
        publish(Lists(), as_of=SECOND)
    (receipt,) = Erasure.listed()
    assert receipt.deleted_items == len(REGISTRY) + 1


def test_items_of_the_largest_size_go_in_one_transaction() -> None:
    largest = {name: bytes(100_000) for name in [*ORGANIZATION, SUMMARY]}
    assert Insight.publish(keys.ORGANIZATION, as_of=FIRST, payloads=largest)
    raw: list[dict[str, Any]] = boto3.client("dynamodb", region_name=REGION).query(
        TableName=Item.Meta.table_name,
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": keys.insights_pk(keys.ORGANIZATION)}},
    )["Items"]
    sizes = [sum(len(name) + len(next(iter(v.values()))) for name, v in item.items()) for item in raw]
    assert max(sizes) <= 100 * 1024
    assert sum(sizes) < 4 * 1024 * 1024
