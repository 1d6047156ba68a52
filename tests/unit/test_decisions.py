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


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_record_that_supersedes_names_an_earlier_one_that_says_so(record: Path) -> None:
    status = re.search(r"^Status: (.+)$", record.read_text(), re.M)
    assert status
    for verb, other in re.findall(r"(supersedes|superseded)[^\[]*\[ADR \d+\]\((.+?)\)", status[1]):
        earlier, later = (other, record.name) if verb == "supersedes" else (record.name, other)
        assert earlier < later
        assert (FOLDER / other).exists()
        assert verb == "superseded" or f"({later})" in (FOLDER / earlier).read_text()
