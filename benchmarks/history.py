"""Generates reproducible histories of any length as change events. Uses DuckDB, because Python would take minutes."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

EVENTS_A_DAY = 2_000
USERS = 50
FIRST_DAY = "2023-01-01"

# Tasks are created at an even pace and completed two days later. A task's id is a UUIDv7 of its creation.
# The merge patch in EVENTS drops null members, which the contract doesn't allow.
TASKS = """
    SELECT
        number,
        TIMESTAMP '{first_day}' + INTERVAL (number * {pace_ms}) MILLISECOND AS created_at,
        md5('task' || number::VARCHAR) AS noise,
        sha256('user' || (hash(number) % {users})::VARCHAR) AS user_key
    FROM range({begin}, {end}) AS numbers (number)
"""
NAMED = """
    SELECT
        *,
        lpad(lower(to_hex(epoch_ms(created_at))), 12, '0') AS clock,
        clock[1:8] || '-' || clock[9:12] || '-7' || noise[1:3] || '-8' || noise[4:6] || '-' || noise[7:18] AS task_id
    FROM tasks
"""
EVENTS = """
    SELECT
        1 AS schema_version,
        'task:' || task_id || ':' || version::VARCHAR AS event_id,
        CASE version WHEN 1 THEN 'insert' ELSE 'modify' END AS event_name,
        '44215845' || lpad((number * 4 + version)::VARCHAR, 19, '0') AS sequence_number,
        {iso_occurred} AS occurred_at,
        {iso_occurred} AS changed_at,
        'api' AS actor,
        md5('request' || number::VARCHAR || version::VARCHAR)[1:16] AS correlation_id,
        'task' AS entity,
        user_key,
        task_id AS entity_id,
        version,
        CASE version WHEN 2 THEN {{
            'status': 'pending', 'priority': priority, 'category': category, 'created_at': {iso_created},
            'updated_at': {iso_created}
        }} END AS before,
        json_merge_patch('{{}}'::JSON, to_json({{
            'status': CASE version WHEN 1 THEN 'pending' ELSE 'completed' END, 'priority': priority,
            'category': category, 'created_at': {iso_created}, 'updated_at': {iso_occurred},
            'completed_at': CASE version WHEN 2 THEN {iso_occurred} END
        }})) AS after
    FROM (
        SELECT
            *,
            created_at + INTERVAL ((version - 1) * 2) DAY
            + INTERVAL ((version - 1) * (hash(number) % 40000000)) MILLISECOND AS moment,
            ['low', 'medium', 'high', 'urgent'][1 + (hash(number, 1) % 4)::INTEGER] AS priority,
            'category-' || (hash(number, 2) % 12)::VARCHAR AS category
        FROM named CROSS JOIN range({versions_begin}, {versions_end}) AS versions (version)
    )
    ORDER BY moment
"""


@dataclass(frozen=True)
class Part:
    """The tasks numbered from `begin` up to, but not including, `end`. completed: with their second version, too."""

    begin: int
    end: int
    completed: bool = True

    @property
    def events(self) -> int:
        return (self.end - self.begin) * (2 if self.completed else 1)


def write(part: Part, folder: Path, files: int = 8) -> list[Path]:
    """Writes the part's events as gzipped NDJSON, in files of similar size. Returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE events AS {_sql(part)}")
        written = []
        for number in range(files):
            file = folder / f"{number:02}.ndjson.gz"
            rows = f"SELECT * FROM events WHERE rowid % {files} = {number}"
            connection.execute(f"COPY ({rows}) TO '{file}' (FORMAT json, COMPRESSION gzip)")
            written.append(file)
    return written


def _sql(part: Part) -> str:
    tasks = TASKS.format(
        first_day=FIRST_DAY, pace_ms=2 * 86_400_000 // EVENTS_A_DAY, users=USERS, begin=part.begin, end=part.end
    )
    events = EVENTS.format(
        iso_occurred=_iso("moment"),
        iso_created=_iso("created_at"),
        versions_begin=1,
        versions_end=3 if part.completed else 2,
    )
    return f"WITH tasks AS ({tasks}), named AS ({NAMED}) {events}"


def _iso(column: str) -> str:
    return f"strftime({column}, '%Y-%m-%dT%H:%M:%S.%g') || 'Z'"
