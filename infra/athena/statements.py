"""Every statement that the endpoint supports: how it begins, how Athena classifies it, and what runs it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from sqlglot import exp

from . import alterations, commands, creation, modifications, tables
from .cursor import Cursor, Name, opening, without_comments
from .errors import QueryError, not_supported
from .nodes import Node
from .results import Outcome, lines, rendered
from .session import Session
from .translation import name_columns, parse

Runner = Callable[[Session, Cursor, str], Outcome]
"""Gets a cursor that stands behind the opening words, and the folder for results."""


@dataclass(frozen=True)
class Form:
    """One form of statement, which begins with the keywords that `syntax` begins with.

    `writes` says that a table's name follows them, and that one statement at a time may change it.
    """

    syntax: str
    type: str
    subtype: str
    run: Runner
    writes: bool = False

    @cached_property
    def words(self) -> tuple[str, ...]:
        return opening(self.syntax)


@dataclass(frozen=True)
class Statement:
    """A statement as Athena classifies it. `text` is without surrounding comments and the final semicolon."""

    text: str
    type: str
    subtype: str
    form: Form | None


def classify(sql: str) -> Statement:
    """A statement of no known form is UNKNOWN, and fails when it is run."""
    text = without_comments(sql)
    for form in FORMS:
        if Cursor(text, "").at(*form.words) and (form.syntax != _CREATE_TABLE_AS or _is_create_table_as(text)):
            return Statement(text, form.type, form.subtype, form)
    return Statement(text, "DML", "UNKNOWN", None)


def _is_create_table_as(text: str) -> bool:
    cursor = Cursor(text, "")
    cursor.expect("CREATE", "TABLE")
    cursor.take("IF", "NOT", "EXISTS")
    try:
        cursor.name()
    except QueryError:
        return False
    return cursor.at("WITH") or cursor.at("AS")


def written_table(statement: Statement, database: str) -> Name | None:
    """The table that the statement changes, if it changes one."""
    if statement.form is None or not statement.form.writes:
        return None
    cursor = Cursor(statement.text, database)
    cursor.expect(*statement.form.words)
    if not cursor.take("IF", "NOT", "EXISTS"):
        cursor.take("IF", "EXISTS")
    return cursor.name()


def run(session: Session, statement: Statement, results: str) -> Outcome:
    """Runs a statement. `results` is the folder for results, and for tables created without a location.

    Raises QueryError.
    """
    if statement.form is None:
        raise not_supported(statement.text)
    cursor = Cursor(statement.text, session.database)
    cursor.expect(*statement.form.words)
    return statement.form.run(session, cursor, results)


def _select(session: Session, cursor: Cursor, _: str) -> Outcome:
    tree = parse(cursor.sql)
    name_columns(tree)
    sql = session.translate(tree) if _is_empty(tree) else session.query(tree)
    rows = session.execute(sql)
    columns = [(str(column[0]), column[1]) for column in rows.description or []]
    return rendered(columns, rows.fetchall())


def _is_empty(tree: Node) -> bool:
    """Whether the query ends in LIMIT 0: it asks for the columns alone, and reads nothing."""
    limit = tree.args.get("limit")
    return isinstance(limit, exp.Limit) and limit.expression.sql() == "0"


def _explain(session: Session, cursor: Cursor, _: str) -> Outcome:
    inner = cursor.rest()
    if classify(inner).subtype != "SELECT":
        raise QueryError("NOT_SUPPORTED", "the local Athena endpoint explains queries only")
    plan = session.execute(f"EXPLAIN {session.translate(parse(inner))}").fetchall()[-1][1]
    return lines(str(plan).splitlines(), "Query Plan")


def _modify(session: Session, cursor: Cursor, _: str) -> Outcome:
    return modifications.modify(session, cursor.sql)


def _plain(run: Callable[[Session, Cursor], Outcome]) -> Runner:
    """A runner for a statement that leaves nothing in the folder for results."""
    return lambda session, cursor, _: run(session, cursor)


_CREATE_TABLE_AS = "CREATE TABLE [IF NOT EXISTS] name [WITH (property = value, ...)] AS query"
_CREATE_DATABASE = _plain(commands.create_database)
_DROP_DATABASE = _plain(commands.drop_database)
_DESCRIBE = _plain(commands.describe)
FORMS = [
    Form("SELECT ...", "DML", "SELECT", _select),
    Form("WITH ...", "DML", "SELECT", _select),
    Form("VALUES ...", "DML", "SELECT", _select),
    Form("( query )", "DML", "SELECT", _select),
    Form(_CREATE_TABLE_AS, "DDL", "CREATE_TABLE_AS_SELECT", creation.create_table_as, writes=True),
    Form(
        "CREATE EXTERNAL TABLE [IF NOT EXISTS] name (column type, ...) clauses", "DDL", "CREATE_TABLE",
        _plain(tables.create_table),
    ),
    Form(
        "CREATE TABLE [IF NOT EXISTS] name (column type, ...) clauses", "DDL", "CREATE_TABLE",
        _plain(tables.create_table),
    ),
    Form("CREATE OR REPLACE VIEW name AS query", "DDL", "CREATE_VIEW", _plain(commands.replace_view)),
    Form("CREATE VIEW name AS query", "DDL", "CREATE_VIEW", _plain(commands.create_view)),
    Form(
        "CREATE DATABASE [IF NOT EXISTS] name [COMMENT 'text'] [LOCATION 's3://...']", "DDL", "CREATE_DATABASE",
        _CREATE_DATABASE,
    ),
    Form(
        "CREATE SCHEMA [IF NOT EXISTS] name [COMMENT 'text'] [LOCATION 's3://...']", "DDL", "CREATE_DATABASE",
        _CREATE_DATABASE,
    ),
    Form("DROP TABLE [IF EXISTS] name", "DDL", "DROP_TABLE", _plain(commands.drop_table), writes=True),
    Form("DROP VIEW [IF EXISTS] name", "DDL", "DROP_VIEW", _plain(commands.drop_view)),
    Form("DROP DATABASE [IF EXISTS] name [CASCADE]", "DDL", "DROP_DATABASE", _DROP_DATABASE),
    Form("DROP SCHEMA [IF EXISTS] name [CASCADE]", "DDL", "DROP_DATABASE", _DROP_DATABASE),
    Form("ALTER TABLE name change", "DDL", "ALTER_TABLE", _plain(alterations.alter_table), writes=True),
    Form("MSCK REPAIR TABLE name", "DDL", "MSCK_REPAIR", _plain(alterations.repair_table)),
    Form("INSERT INTO name [(column, ...)] query", "DML", "INSERT", _plain(modifications.insert), writes=True),
    Form("MERGE INTO name USING ... ON ... WHEN ...", "DML", "MERGE", _modify, writes=True),
    Form("UPDATE name SET column = value, ... [WHERE ...]", "DML", "UPDATE", _modify, writes=True),
    Form("DELETE FROM name [WHERE ...]", "DML", "DELETE", _modify, writes=True),
    Form("OPTIMIZE name REWRITE DATA USING BIN_PACK", "DML", "OPTIMIZE", _plain(alterations.optimize), writes=True),
    Form("VACUUM name", "DML", "VACUUM", _plain(alterations.vacuum), writes=True),
    Form("SHOW what", "UTILITY", "SHOW", _plain(commands.show)),
    Form("DESCRIBE [FORMATTED] name", "UTILITY", "DESCRIBE", _DESCRIBE),
    Form("DESC [FORMATTED] name", "UTILITY", "DESCRIBE", _DESCRIBE),
    Form("EXPLAIN query", "UTILITY", "EXPLAIN", _explain),
]  # fmt: skip


def supported() -> Iterator[str]:
    """The syntax of every statement, with each change of ALTER TABLE and each subject of SHOW."""
    details = {
        "ALTER TABLE name change": [f"ALTER TABLE name {change}" for change in alterations.CHANGES],
        "SHOW what": [f"SHOW {subject}" for subject in commands.SUBJECTS],
    }
    return chain.from_iterable(details.get(form.syntax, [form.syntax]) for form in FORMS)
