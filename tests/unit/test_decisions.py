"""The decision records: what each must say, and the index of them."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "adr"
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
HEAD = re.compile(r"# (\d+)\. (.+)\n\nDate: (\d{4}-\d\d-\d\d)\n\nStatus: (.+)\n\n## Context\n")
INDEX = re.findall(r"^\| (\d+) \| \[(.+?)\]\((.+?)\) \| (.+?) \| (.+?) \|$", (FOLDER / "README.md").read_text(), re.M)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_record_has_number_date_status_and_the_three_parts(record: Path) -> None:
    text = record.read_text()
    head = HEAD.match(text)
    assert head
    assert record.name.startswith(f"{int(head[1]):04}-")
    assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Consequences"]
    assert re.match("accepted|superseded", head[4])


def test_records_are_numbered_without_a_gap() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


def test_index_says_what_the_records_say() -> None:
    heads = [(HEAD.match(record.read_text()), record.name) for record in RECORDS]
    assert [(head[1], head[2], name, head[3], head[4]) for head, name in heads if head] == INDEX


SUPERSEDED = [
    (record.name, later)
    for record in RECORDS
    for later in re.findall(r"^Status: .*superseded[^\[]*\[ADR \d+\]\((.+?)\)", record.read_text(), re.M)
]


def test_some_records_are_superseded() -> None:
    assert len(SUPERSEDED) >= 3


@pytest.mark.parametrize(("record", "later"), SUPERSEDED)
def test_superseding_record_is_a_later_one(record: str, later: str) -> None:
    assert record < later
    assert (FOLDER / later).exists()
