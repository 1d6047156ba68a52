"""The data guide's example: each insight's table is what its definition makes of the story told on the page."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.support.recomputation import COLUMNS, Row, recompute
from tests.support.replay import Event

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "data.md").read_text()
AS_OF = datetime(2026, 11, 22, 12, tzinfo=UTC)
INSIGHTS = [relation for relation in COLUMNS if relation.startswith("insight_")]
SHOWN_OF_ANN = "ann"
ORGANIZATIONS = ("insight_audience", "insight_retention")

Table = list[dict[str, str]]


def table_below(heading: str) -> Table:
    """The rows of the first table behind a line of the page."""
    rows: list[list[str]] = []
    for line in PAGE[PAGE.index(heading) :].splitlines()[1:]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            break
    names, _rule, *cells = rows
    return [dict(zip(names, row, strict=True)) for row in cells]


def story() -> list[Event]:
    """The events of the page's story, one a row, in its order."""
    versions: Counter[str] = Counter()
    known: dict[str, dict[str, str]] = {}
    events: list[Event] = []
    for row in table_below("## The story"):
        task = row["task"]
        versions[task] += 1
        known[task] = {**known.get(task, {}), **{name: value for name, value in row.items() if value}}
        state = known[task]
        removed = row["status"] == "deleted"
        events.append(
            {
                "event_id": f"task:{task}:{versions[task]}",
                "event_name": "remove" if removed else "insert" if versions[task] == 1 else "modify",
                "entity": "task",
                "entity_id": task,
                "user_key": state["user"],
                "version": versions[task],
                "changed_at": f"2026-{row['time'].replace(' ', 'T')}:00Z",
                "actor": "api",
                "after": {
                    "status": "pending" if removed else state["status"],
                    "priority": state["priority"],
                    "category": None if state["category"] == "null" else state["category"],
                    "due_date": f"2026-{state['due']}" if state.get("due", "null") != "null" else None,
                },
            }
        )
    return events


def expected(relation: str) -> list[Row]:
    """The relation's rows that the page shows: ann's, without her name, or all of the organization's own."""
    rows = recompute(story(), AS_OF)[relation]
    if relation in ORGANIZATIONS:
        return rows
    return [row[1:] for row in rows if row[0] == SHOWN_OF_ANN]


def text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime):
        return str(value)
    return value.isoformat() if isinstance(value, date) else str(value)


@pytest.mark.parametrize("relation", INSIGHTS)
def test_example_is_what_the_definition_makes_of_the_story(relation: str) -> None:
    shown = table_below(f"`{relation}`")
    columns = [column for column in COLUMNS[relation] if column != "user_id"]
    assert [list(row) for row in shown] == [columns] * len(shown)
    assert sorted(list(row.values()) for row in shown) == sorted(
        [text(value) for value in row] for row in expected(relation)
    )


def test_every_insight_has_a_formula() -> None:
    formulas = re.findall(r"^`(insight_\w+)`, at `(/[^`]+)`: .+$", PAGE, re.MULTILINE)
    assert sorted(name for name, _ in formulas) == sorted(INSIGHTS)
