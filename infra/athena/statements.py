"""What kind a statement is, and who runs it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from . import alterations, commands, creation, modifications, tables
from .cursor import Cursor, Name, without_comments
from .errors import QueryError, not_supported
from .nodes import Node
from .results import Outcome, lines, rendered
from .session import Session
from .translation import name_columns, parse


@dataclass(frozen=True)
class Statement:
    """A statement as Athena classifies it. `text` has no comment before it and no semicolon behind."""

    text: str
    type: str
    subtype: str


_KINDS: list[tuple[str, str, str]] = [
    (r"\(|SELECT\b|WITH\b|VALUES\b", "DML", "SELECT"),
    (r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[^\s(]+\s+(?:WITH|AS)\b", "DDL", "CREATE_TABLE_AS_SELECT"),
    (r"CREATE\s+(?:EXTERNAL\s+)?TABLE\b", "DDL", "CREATE_TABLE"),
    (r"CREATE\s+OR\s+REPLACE\s+VIEW\b", "DDL", "CREATE_VIEW"),
    (r"CREATE\s+VIEW\b", "DDL", "CREATE_VIEW"),
    (r"CREATE\s+(?:SCHEMA|DATABASE)\b", "DDL", "CREATE_DATABASE"),
    (r"DROP\s+TABLE\b", "DDL", "DROP_TABLE"),
    (r"DROP\s+VIEW\b", "DDL", "DROP_VIEW"),
    (r"DROP\s+(?:SCHEMA|DATABASE)\b", "DDL", "DROP_DATABASE"),
    (r"ALTER\s+(?:TABLE|VIEW)\b", "DDL", "ALTER_TABLE"),
    (r"MSCK\s+REPAIR\s+TABLE\b", "DDL", "MSCK_REPAIR"),
    (r"INSERT\s+INTO\b", "DML", "INSERT"),
    (r"MERGE\s+INTO\b", "DML", "MERGE"),
    (r"UPDATE\b", "DML", "UPDATE"),
    (r"DELETE\s+FROM\b", "DML", "DELETE"),
    (r"OPTIMIZE\b", "DML", "OPTIMIZE"),
    (r"VACUUM\b", "DML", "VACUUM"),
    (r"SHOW\b", "UTILITY", "SHOW"),
    (r"DESC(?:RIBE)?\b", "UTILITY", "DESCRIBE"),
    (r"EXPLAIN\b", "UTILITY", "EXPLAIN"),
]
_PATTERNS = [(re.compile(p, re.IGNORECASE | re.DOTALL), kind, subtype) for p, kind, subtype in _KINDS]

Runner = Callable[[Session, Statement, str], Outcome]


def classify(sql: str) -> Statement:
    """A statement of no known kind is UNKNOWN, and fails when it is run."""
    text = without_comments(sql)
    for pattern, kind, subtype in _PATTERNS:
        if pattern.match(text):
            return Statement(text, kind, subtype)
    return Statement(text, "DML", "UNKNOWN")


def written_table(statement: Statement, database: str) -> Name | None:
    """The table that the statement changes: one writer at a time may."""
    openings = {
        "CREATE_TABLE_AS_SELECT": (r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?",),
        "INSERT": (r"INSERT\s+INTO\s+",), "MERGE": (r"MERGE\s+INTO\s+",), "UPDATE": (r"UPDATE\s+",),
        "DELETE": (r"DELETE\s+FROM\s+",), "OPTIMIZE": (r"OPTIMIZE\s+",), "VACUUM": (r"VACUUM\s+",),
        "ALTER_TABLE": (r"ALTER\s+(?:TABLE|VIEW)\s+",), "DROP_TABLE": (r"DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?",),
    }  # fmt: skip
    if statement.subtype not in openings:
        return None
    match = re.match(openings[statement.subtype][0], statement.text, re.IGNORECASE)
    return Cursor(statement.text[match.end() :], database).name() if match else None


def run(session: Session, statement: Statement, results: str) -> Outcome:
    """Runs it. `results` is the folder for results, where a table without a location goes too.

    Raises QueryError.
    """
    if statement.subtype == "SELECT":
        return _select(session, statement)
    if statement.subtype in ("MERGE", "UPDATE", "DELETE"):
        return modifications.modify(session, statement.text)
    if statement.subtype == "EXPLAIN":
        return _explain(session, statement)
    cursor = Cursor(statement.text, session.database)
    for words, action in _ACTIONS.get(statement.subtype, []):
        if cursor.take(*words):
            return action(session, cursor, results)
    raise not_supported(statement.text)


def _select(session: Session, statement: Statement) -> Outcome:
    tree = parse(statement.text)
    name_columns(tree)
    sql = session.translate(tree) if _is_empty(tree) else session.query(tree)
    rows = session.execute(sql)
    columns = [(str(column[0]), column[1]) for column in rows.description or []]
    return rendered(columns, rows.fetchall())


def _is_empty(tree: Node) -> bool:
    """Whether only the columns are asked for, by LIMIT 0: nothing is read then."""
    limit = tree.args.get("limit")
    return isinstance(limit, exp.Limit) and limit.expression.sql() == "0"


def _explain(session: Session, statement: Statement) -> Outcome:
    inner = without_comments(statement.text[len("EXPLAIN") :])
    if classify(inner).subtype != "SELECT":
        raise QueryError("NOT_SUPPORTED", "the local Athena endpoint explains queries only")
    plan = session.execute(f"EXPLAIN {session.translate(parse(inner))}").fetchall()[-1][1]
    return lines(str(plan).splitlines(), "Query Plan")


Action = Callable[[Session, Cursor, str], Outcome]

_ACTIONS: dict[str, list[tuple[tuple[str, ...], Action]]] = {
    "CREATE_TABLE_AS_SELECT": [(("CREATE", "TABLE"), creation.create_table_as)],
    "CREATE_TABLE": [
        (("CREATE", "EXTERNAL", "TABLE"), lambda s, c, _: tables.create_table(s, c)),
        (("CREATE", "TABLE"), lambda s, c, _: tables.create_table(s, c)),
    ],
    "CREATE_VIEW": [
        (("CREATE", "OR", "REPLACE", "VIEW"), lambda s, c, _: commands.create_view(s, c, replace=True)),
        (("CREATE", "VIEW"), lambda s, c, _: commands.create_view(s, c, replace=False)),
    ],
    "CREATE_DATABASE": [
        (("CREATE", "SCHEMA"), lambda s, c, _: commands.create_database(s, c)),
        (("CREATE", "DATABASE"), lambda s, c, _: commands.create_database(s, c)),
    ],
    "DROP_TABLE": [(("DROP", "TABLE"), lambda s, c, _: commands.drop_relation(s, c, view=False))],
    "DROP_VIEW": [(("DROP", "VIEW"), lambda s, c, _: commands.drop_relation(s, c, view=True))],
    "DROP_DATABASE": [
        (("DROP", "SCHEMA"), lambda s, c, _: commands.drop_database(s, c)),
        (("DROP", "DATABASE"), lambda s, c, _: commands.drop_database(s, c)),
    ],
    "ALTER_TABLE": [
        (("ALTER", "TABLE"), lambda s, c, _: alterations.alter_table(s, c)),
        (("ALTER", "VIEW"), lambda s, c, _: alterations.alter_table(s, c)),
    ],
    "MSCK_REPAIR": [(("MSCK", "REPAIR", "TABLE"), lambda s, c, _: alterations.repair_table(s, c))],
    "INSERT": [(("INSERT", "INTO"), lambda s, c, _: modifications.insert(s, c))],
    "OPTIMIZE": [(("OPTIMIZE",), lambda s, c, _: alterations.optimize(s, c))],
    "VACUUM": [(("VACUUM",), lambda s, c, _: alterations.vacuum(s, c))],
    "SHOW": [(("SHOW",), lambda s, c, _: commands.show(s, c))],
    "DESCRIBE": [
        (("DESCRIBE",), lambda s, c, _: commands.describe(s, c)),
        (("DESC",), lambda s, c, _: commands.describe(s, c)),
    ],
}
