"""CREATE TABLE with columns, in Hive's form with SerDe, location and properties."""

from typing import Any

from .cursor import ColumnDefinition, Cursor, Name
from .errors import QueryError
from .parquet import PARQUET
from .results import Outcome
from .session import Session
from .types import duckdb_type

TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"


class _Definition:
    """The clauses after the columns, as read so far."""

    def __init__(self) -> None:
        self.keys: list[ColumnDefinition] = []
        self.serde: dict[str, Any] = {"SerializationLibrary": LAZY_SIMPLE, "Parameters": {}}
        self.formats = {"InputFormat": TEXT_INPUT, "OutputFormat": TEXT_OUTPUT}
        self.location: str | None = None
        self.comment = ""
        self.parameters = {"EXTERNAL": "TRUE"}

    def read_clause(self, cursor: Cursor) -> None:
        """Raises QueryError for an unknown clause."""
        if cursor.take("PARTITIONED", "BY"):
            self.keys = cursor.columns()
        elif cursor.take("COMMENT"):
            self.comment = cursor.string()
        elif cursor.take("ROW", "FORMAT"):
            self.serde = _row_format(cursor)
        elif cursor.take("STORED", "AS"):
            self._read_format(cursor)
        elif cursor.take("LOCATION"):
            self.location = cursor.string().rstrip("/")
        elif cursor.take("TBLPROPERTIES"):
            self.parameters |= cursor.properties()
        else:
            raise cursor.error()

    def _read_format(self, cursor: Cursor) -> None:
        if cursor.take("INPUTFORMAT"):
            read = cursor.string()
            cursor.expect("OUTPUTFORMAT")
            self.formats = {"InputFormat": read, "OutputFormat": cursor.string()}
            return
        kept = cursor.word().upper()
        if kept == "PARQUET":
            self.formats = {name: PARQUET[name] for name in self.formats}
            self.serde = PARQUET["SerdeInfo"]
        elif kept != "TEXTFILE":
            raise QueryError("NOT_SUPPORTED", f"STORED AS {kept}")


def create_table(session: Session, cursor: Cursor) -> Outcome:
    """CREATE [EXTERNAL] TABLE; the cursor stands after TABLE."""
    optional = cursor.take("IF", "NOT", "EXISTS")
    name = cursor.name()
    columns = cursor.columns()
    definition = _Definition()
    while not cursor.at_end():
        definition.read_clause(cursor)
    if definition.location is None:
        raise QueryError("SYNTAX_ERROR", "line 1:1: No location was specified for table")
    if not (optional and session.catalog.find(name.database, name.table)):
        _create(session, name, columns, definition, definition.location)
    return Outcome()


def _create(
    session: Session, name: Name, columns: list[ColumnDefinition], definition: _Definition, location: str
) -> None:
    descriptor: dict[str, Any] = {
        "Columns": glue_columns(columns), "Location": location, **definition.formats, "SerdeInfo": definition.serde,
    }  # fmt: skip
    parameters = definition.parameters
    if parameters.get("table_type", "").upper() == "ICEBERG":
        descriptor |= PARQUET
        parameters |= session.iceberg.first_commit(location, [], [])
    table: dict[str, Any] = {
        "Name": name.table, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": descriptor,
        "PartitionKeys": glue_columns(definition.keys), "Parameters": parameters, "Description": definition.comment,
    }  # fmt: skip
    session.catalog.create(name.database, table)


def glue_columns(columns: list[ColumnDefinition]) -> list[dict[str, str]]:
    """The columns in Glue's form. Raises QueryError for an unknown type."""
    for column in columns:
        duckdb_type(column.type)
    return [{"Name": c.name, "Type": c.type} | ({"Comment": c.comment} if c.comment else {}) for c in columns]


def _row_format(cursor: Cursor) -> dict[str, Any]:
    if cursor.take("SERDE"):
        library = cursor.string()
        properties = cursor.properties() if cursor.take("WITH", "SERDEPROPERTIES") else {}
        return {"SerializationLibrary": library, "Parameters": _serde_parameters(properties)}
    cursor.expect("DELIMITED")
    parameters = {}
    while cursor.take("FIELDS", "TERMINATED", "BY") or cursor.at("LINES") or cursor.at("ESCAPED"):
        if cursor.take("LINES", "TERMINATED", "BY") or cursor.take("ESCAPED", "BY"):
            cursor.string()
        else:
            parameters["field.delim"] = cursor.string().encode().decode("unicode_escape")
    return {"SerializationLibrary": LAZY_SIMPLE, "Parameters": parameters}


def _serde_parameters(properties: dict[str, str]) -> dict[str, str]:
    """Restores the mixed case of OpenCSVSerde's settings."""
    mixed = {"separatorchar": "separatorChar", "quotechar": "quoteChar", "escapechar": "escapeChar"}
    return {mixed.get(key, key): value for key, value in properties.items()}
