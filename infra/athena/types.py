"""Types in three forms: the catalog's (Hive), DuckDB's, and those in Athena's results."""

import re
from dataclasses import dataclass

from duckdb.sqltypes import DuckDBPyType

from .errors import QueryError

# The precision of timestamps in Iceberg tables, and in all others.
MICROSECONDS, MILLISECONDS = 6, 3
_DUCKDB = {
    "string": "VARCHAR",
    "varchar": "VARCHAR",
    "char": "VARCHAR",
    "binary": "BLOB",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "long": "BIGINT",
}
_SCALARS = {
    "varchar": ("string", "varchar", 2147483647),
    "blob": ("binary", "varbinary", 1073741824),
    "boolean": ("boolean", "boolean", 0),
    "tinyint": ("tinyint", "tinyint", 3),
    "smallint": ("smallint", "smallint", 5),
    "integer": ("int", "integer", 10),
    "bigint": ("bigint", "bigint", 19),
    "hugeint": ("bigint", "bigint", 19),
    "ubigint": ("bigint", "bigint", 19),
    "float": ("float", "float", 17),
    "double": ("double", "double", 17),
    "date": ("date", "date", 0),
    "timestamp": ("timestamp", "timestamp", 3),
    "timestamp_ms": ("timestamp", "timestamp", 3),
    "timestamp_s": ("timestamp", "timestamp", 3),
}
_RESULT_ONLY = {
    "timestamp with time zone": "timestamp with time zone",
    "timestamp_ns": "timestamp with time zone",
    "json": "json",
    "time": "time",
    "uuid": "uuid",
    "interval": "interval day to second",
    '"null"': "unknown",
    "null": "unknown",
}


@dataclass(frozen=True)
class ResultType:
    """A column's type in GetQueryResults: `name`, and the `precision` and `scale` beside it."""

    name: str
    precision: int = 0
    scale: int = 0


def _split(inside: str) -> list[str]:
    """The comma-separated arguments of a type; commas inside brackets don't separate."""
    parts, depth, start = [], 0, 0
    for position, char in enumerate(inside):
        depth += (char in "<(") - (char in ">)")
        if char == "," and depth == 0:
            parts.append(inside[start:position])
            start = position + 1
    return [*parts, inside[start:]]


def quoted(identifier: str) -> str:
    """A DuckDB identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A DuckDB string literal."""
    return "'" + value.replace("'", "''") + "'"


def duckdb_type(hive: str, digits: int = MICROSECONDS) -> str:
    """The DuckDB type of a catalog type such as `struct<a:int,b:array<string>>`, with timestamps of 3 or 6 digits.

    Raises QueryError for a type this endpoint doesn't know.
    """
    hive = hive.strip().lower()
    match = re.fullmatch(r"(\w+)\s*(?:[<(](.*)[>)])?", hive, re.DOTALL)
    if match is None:
        raise QueryError("NOT_SUPPORTED", f"Unsupported Hive type: {hive}")
    name, inside = match[1], match[2] or ""
    if name == "decimal":
        return f"DECIMAL({inside or '10,0'})"
    if name == "array":
        return duckdb_type(inside, digits) + "[]"
    if name == "map":
        key, value = _split(inside)
        return f"MAP({duckdb_type(key, digits)}, {duckdb_type(value, digits)})"
    if name == "struct":
        fields = [part.split(":", 1) for part in _split(inside)]
        return "STRUCT(" + ", ".join(f"{quoted(n.strip())} {duckdb_type(t, digits)}" for n, t in fields) + ")"
    if name not in _DUCKDB:
        raise QueryError("NOT_SUPPORTED", f"Unsupported Hive type: {hive}")
    return "TIMESTAMP_MS" if name == "timestamp" and digits == MILLISECONDS else _DUCKDB[name]


def hive_type(kind: DuckDBPyType) -> str:
    """The catalog type for a DuckDB type.

    Raises QueryError for a type that Athena can't store, such as a timestamp with time zone.
    """
    if kind.id in _SCALARS and str(kind).lower() != "json":
        return _SCALARS[kind.id][0]
    if kind.id == "decimal":
        return str(kind).lower().replace(" ", "")
    if kind.id in ("list", "array"):
        return f"array<{hive_type(_child(kind, 0))}>"
    if kind.id == "map":
        return f"map<{hive_type(_child(kind, 0))},{hive_type(_child(kind, 1))}>"
    if kind.id == "struct":
        return "struct<" + ",".join(f"{n.lower()}:{hive_type(t)}" for n, t in fields_of(kind)) + ">"
    raise QueryError("NOT_SUPPORTED", f"Unsupported Hive type: {result_type(kind).name}")


def result_type(kind: DuckDBPyType) -> ResultType:
    """The type Athena reports for a result column of this DuckDB type."""
    spelled = str(kind).lower()
    if spelled in _RESULT_ONLY:
        return ResultType(_RESULT_ONLY[spelled])
    if kind.id in _SCALARS:
        _, name, precision = _SCALARS[kind.id]
        return ResultType(name, precision)
    if kind.id == "decimal":
        precision, scale = re.findall(r"\d+", spelled)
        return ResultType("decimal", int(precision), int(scale))
    nested = {"list": "array", "array": "array", "struct": "row", "map": "map"}
    if kind.id in nested:
        return ResultType(nested[kind.id])
    raise QueryError("NOT_SUPPORTED", f"a result of type {kind}")


def fields_of(kind: DuckDBPyType) -> list[tuple[str, DuckDBPyType]]:
    """The fields of a struct type, in order."""
    return [(str(name), child) for name, child in kind.children if isinstance(child, DuckDBPyType)]


def _child(kind: DuckDBPyType, index: int) -> DuckDBPyType:
    child = kind.children[index][1]
    if not isinstance(child, DuckDBPyType):
        raise QueryError("NOT_SUPPORTED", f"Unsupported type: {kind}")
    return child
