"""Reading a history: good rows as the API would take them, bad ones by line and reason."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.imports.history_csv import BadRow, Row, UnreadableHistoryError, read_csv
from tasks.models.instants import format_instant, now

HEADER = "timestamp,task,owner,status,priority,category,title\n"
GOOD = "2025-01-02T03:04:05Z,t-1,ada,pending,low,docs,Write it\n"


def written(folder: Path, *lines: str | bytes, name: str = "history.csv") -> Path:
    content = b"".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    file = folder / name
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return file


def test_row_is_what_the_line_says(tmp_path: Path) -> None:
    values = {"title": "Write it", "status": "pending", "priority": "low", "category": "docs"}
    expected = Row(2, "ada", "t-1", datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC), values)
    assert list(read_csv(written(tmp_path, HEADER, GOOD))) == [expected]


@pytest.mark.parametrize("name", ["history.csv", "history.csv.gz"])
def test_compressed_file_reads_alike(tmp_path: Path, name: str) -> None:
    assert len(list(read_csv(written(tmp_path, HEADER, GOOD, GOOD, name=name)))) == 2


def test_byte_order_mark_is_taken(tmp_path: Path) -> None:
    assert len(list(read_csv(written(tmp_path, b"\xef\xbb\xbf", HEADER, GOOD)))) == 1


def test_empty_category_is_none(tmp_path: Path) -> None:
    [row] = read_csv(written(tmp_path, HEADER, GOOD.replace("docs", "")))
    assert isinstance(row, Row)
    assert row.values["category"] is None


def test_quoted_cells_keep_their_commas_and_lines(tmp_path: Path) -> None:
    line = '2025-01-02T03:04:05Z,t-1,ada,pending,low,"a ""b"", c","one\ntwo"\n'
    first, second = read_csv(written(tmp_path, HEADER, line, GOOD))
    assert isinstance(first, Row)
    assert (first.values["category"], first.values["title"]) == ('a "b", c', "one\ntwo")
    assert (first.line, second.line) == (3, 4)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (GOOD.replace("2025-01-02T03:04:05Z", "yesterday"), "timestamp"),
        (GOOD.replace("2025-01-02T03:04:05Z", "2025-01-02T03:04:05"), "timestamp"),
        (GOOD.replace("2025-01-02T03:04:05Z", "1969-12-31T23:59:59Z"), "timestamp"),
        pytest.param(
            GOOD.replace("2025-01-02T03:04:05Z", format_instant(now() + timedelta(days=1))), "timestamp", id="to come"
        ),
        (GOOD.replace("pending", "done"), "status"),
        (GOOD.replace("low", ""), "priority"),
        (GOOD.replace("Write it", ""), "title"),
        (GOOD.replace("Write it", "x" * 201), "title"),
        (GOOD.replace("docs", "x" * 51), "category"),
        (GOOD.replace("ada", ""), "owner"),
        (GOOD.replace("ada", "a b@c"), "owner"),
        (GOOD.replace("t-1", " "), "task"),
        ("2025-01-02T03:04:05Z,t-1,ada,pending\n", "4 columns"),
        (GOOD.replace("docs", "docs,more"), "8 columns"),
        (GOOD.encode().replace(b"Write", b"\xff\xfe"), "UTF-8"),
        (GOOD.replace("Write it", 'Wr"ite" it').replace("docs", '"do"cs'), "expected"),
    ],
)
def test_bad_row_is_named_and_the_next_is_read(tmp_path: Path, line: str | bytes, reason: str) -> None:
    before, bad, after = read_csv(written(tmp_path, HEADER, GOOD, line, GOOD))
    assert isinstance(bad, BadRow)
    assert (bad.line, reason in bad.reason) == (3, True), bad.reason
    assert isinstance(before, Row)
    assert isinstance(after, Row)


def test_quote_never_closed_tells_which_lines_it_took(tmp_path: Path) -> None:
    rows = list(read_csv(written(tmp_path, HEADER, GOOD, GOOD.replace("docs", '"docs'), GOOD, GOOD)))
    [bad] = [row for row in rows if isinstance(row, BadRow)]
    assert len(rows) == 2
    assert (bad.line, "began on line 3" in bad.reason) == (5, True)


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    assert len(list(read_csv(written(tmp_path, HEADER, GOOD, "\n", GOOD)))) == 2


@pytest.mark.parametrize("header", ["", "a,b\n", "task," + HEADER, HEADER.replace("owner", "user")])
def test_wrong_header_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(UnreadableHistoryError, match="The first line must be"):
        list(read_csv(written(tmp_path, header, GOOD)))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableHistoryError, match="can't be read"):
        list(read_csv(tmp_path / "none.csv"))


def test_cut_archive_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, HEADER, GOOD * 1000, name="history.csv.gz")
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(UnreadableHistoryError, match="can't be read"):
        list(read_csv(file))


def test_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "history.csv.gz"
    file.write_text(HEADER + GOOD)
    with pytest.raises(UnreadableHistoryError, match="can't be read"):
        list(read_csv(file))


def test_digest_tells_rows_and_occurrences_apart(tmp_path: Path) -> None:
    other = GOOD.replace("pending", "completed")
    first, again, different = (
        row for row in read_csv(written(tmp_path, HEADER, GOOD, GOOD, other)) if isinstance(row, Row)
    )
    assert first.digest(0) == again.digest(0)
    assert len({first.digest(0), first.digest(1), different.digest(0)}) == 3
