"""The contract's rules as Spark columns: why a line is not an event, for every version of the contract."""

from collections.abc import Iterator
from functools import reduce
from typing import Any, Final

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  (Spark's own convention)

from glue.job.schemas import Contracts, resolve

UNKNOWN_VERSION: Final = "schema_version: missing, or not as the contract says"


def reason(contracts: Contracts) -> Column:
    """The first rule that a row (line, event) breaks, or null. Checks each line by its own version's rules."""
    octets = F.col("line").cast("binary")
    unreadable = [
        F.when(F.encode(F.decode(octets, "UTF-8"), "UTF-8") != octets, "not UTF-8"),
        F.when(F.col("event").isNull(), "not one JSON object"),
    ]
    version = F.col("event.schema_version")
    known = F.coalesce(version.isin(list(contracts)), F.lit(False))
    violations = [
        F.when(version == number, F.coalesce(*_violations(F.col("event"), contract, contract)))
        for number, contract in contracts.items()
    ]
    return F.coalesce(*unreadable, F.when(~known, UNKNOWN_VERSION), *violations)


def since(contracts: Contracts, path: tuple[str, ...]) -> int:
    """The first version that has a property; () is the event itself."""
    return next(number for number, contract in contracts.items() if _has(contract, contract, path))


def _has(contract: dict[str, Any], spec: dict[str, Any], path: tuple[str, ...]) -> bool:
    if not path:
        return True
    first, *rest = path
    properties = spec["properties"]
    return first in properties and _has(contract, resolve(properties[first], contract), tuple(rest))


def _violations(owner: Column, spec: dict[str, Any], contract: dict[str, Any], path: str = "") -> Iterator[Column]:
    """For each of an object's properties, the text of its rule if a row breaks it, else null."""
    for name, part in spec["properties"].items():
        column, label, rule = owner[name], f"{path}{name}", resolve(part, contract)
        optional = _nullable(part) or name not in spec["required"]
        fits = F.when(column.isNotNull(), _fits(column, rule))
        yield F.when(~F.coalesce(fits, F.lit(optional)), f"{label}: missing, or not as the contract says")
        if rule["type"] == "object":
            # The rules of an image apply only if there is one.
            yield F.when(column.isNotNull(), F.coalesce(*_violations(column, rule, contract, f"{label}.")))


def _nullable(part: dict[str, Any]) -> bool:
    return "null" in part.get("type", ()) or any(branch.get("type") == "null" for branch in part.get("oneOf", ()))


def _fits(column: Column, rule: dict[str, Any]) -> Column:
    """Whether a value meets its property's own rules."""
    tests = [F.lit(True)]
    if "const" in rule:
        tests.append(column == rule["const"])
    if "enum" in rule:
        tests.append(column.isin(rule["enum"]))
    if "minimum" in rule:
        tests.append(column >= rule["minimum"])
    if "maxLength" in rule:
        tests.append(F.length(column) <= rule["maxLength"])
    if "pattern" in rule:
        # Java's $ also matches before a last newline.
        tests.append(column.rlike(rule["pattern"].removesuffix("$") + r"\z"))
    if rule.get("format") in ("date", "date-time"):
        kind = "date" if rule["format"] == "date" else "timestamp"
        tests.append(column.cast(kind).isNotNull())
    return reduce(lambda first, other: first & other, tests)
