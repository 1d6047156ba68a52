"""An imported history: gold says what the file says, recomputed by code of its own."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.pipeline import from_file, gold
from tests.support.recomputation import Row
from tests.support.running import RunningStack

HISTORY = Path(__file__).with_name("history.csv")
BAD_ROWS = [
    "yesterday,bad-1,ada,pending,low,docs,No time",
    "2025-01-01T00:00:00Z,bad-2,ada,done,low,docs,No such status",
    "2025-01-01T00:00:00Z,bad-3,ada,pending",
]
DOMAIN = "history.example"
AS_OF = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def said_by_import(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The history imported with bad rows after the good ones, and a pass."""
    file = tmp_path_factory.mktemp("history") / "history.csv.gz"
    with gzip.open(file, "wt") as archive:
        archive.write(HISTORY.read_text() + "\n".join(BAD_ROWS) + "\n")
    said = stack.manage("import_history", str(file), "--email-domain", DOMAIN)
    stack.manage("runpipeline", "--as-of", AS_OF.isoformat())
    return said


def test_import_reports_each_bad_row_by_its_line(said_by_import: str) -> None:
    last_good = 1 + len(from_file.read(HISTORY))
    assert [line for line in (1, 2, 3) if f"line {last_good + line}:" in said_by_import] == [1, 2, 3]


def test_import_again_applies_nothing(said_by_import: str, stack: RunningStack) -> None:
    rows = len(from_file.read(HISTORY))
    said = stack.manage("import_history", str(HISTORY), "--email-domain", DOMAIN)
    assert f"0 rows applied, {rows} already there, 0 bad" in said


@pytest.fixture(scope="module")
def expected(said_by_import: str, stack: RunningStack) -> dict[str, list[Row]]:
    return gold.expected(from_file.events(from_file.read(HISTORY), gold.user_ids(stack, DOMAIN)), AS_OF)


@pytest.mark.parametrize("relation", [name for name, columns in gold.ALL_COLUMNS.items() if "user_id" in columns])
def test_gold_equals_the_file(expected: dict[str, list[Row]], stack: RunningStack, relation: str) -> None:
    theirs = gold.of_an_import(stack, DOMAIN, alone=False)
    wanted = theirs.rows(relation, expected[relation])
    assert wanted
    assert theirs.rows(relation, gold.found(stack, relation)) == wanted
