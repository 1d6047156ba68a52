"""DynamoDB's expressions: conditions, filters and updates.

Conditions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
Updates: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html

Paths are attributes of the item itself; the product's items are flat.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tests.faults.aws.errors import ServiceError

Value = dict[str, Any]
Item = dict[str, Value]
Node = tuple[Any, ...]

TOKENS = re.compile(r"\s*(<>|<=|>=|[=<>(),+-]|[#:]?[A-Za-z0-9_]+)")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


@dataclass(frozen=True)
class Scope:
    """What the placeholders of one request stand for."""

    names: Mapping[str, str]
    values: Mapping[str, Value]

    def name(self, token: str) -> str:
        return self.names[token] if token.startswith("#") else token

    def operand(self, node: Node, item: Item) -> Value | None:
        """The value that an operand has for an item; None if the attribute is not there."""
        kind, text, *rest = node
        if kind == "value":
            return self.values[text]
        if kind == "path":
            return item.get(self.name(text))
        if kind == "if_not_exists":
            found = item.get(self.name(text))
            return self.operand(rest[0], item) if found is None else found
        raise ServiceError("ValidationException", f"Unknown operand {kind}")


class Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._tokens = TOKENS.findall(text)
        self._place = 0

    @property
    def next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.next
        if wanted and token.upper() not in wanted:
            raise ServiceError("ValidationException", f"Syntax error at {token}")
        self._place += 1
        return token

    def condition(self) -> Node:
        return self._joined("OR", lambda: self._joined("AND", self._negation))

    def updates(self) -> Iterator[Node]:
        while self.next:
            clause = self.take("SET", "REMOVE", "ADD", "DELETE").upper()
            yield self._action(clause)
            while self.next == ",":
                self.take()
                yield self._action(clause)

    def _joined(self, word: str, part: Callable[[], Node]) -> Node:
        node = part()
        while self.next.upper() == word:
            self.take()
            node = (word, node, part())
        return node

    def _negation(self) -> Node:
        if self.next.upper() == "NOT":
            self.take()
            return ("NOT", self._negation())
        if self.next == "(":
            self.take()
            inner = self.condition()
            self.take(")")
            return inner
        return self._test()

    def _test(self) -> Node:
        if self._tokens[self._place + 1 : self._place + 2] == ["("]:
            function, *arguments = self._call()
            return (function, *arguments)
        left = self.operand()
        word = self.take().upper()
        if word == "BETWEEN":
            low = self.operand()
            self.take("AND")
            return ("BETWEEN", left, low, self.operand())
        if word == "IN":
            return ("IN", left, *self._arguments())
        return (word, left, self.operand())

    def _call(self) -> Node:
        return (self.take().lower(), *self._arguments())

    def _arguments(self) -> Iterator[Node]:
        self.take("(")
        yield self.operand()
        while self.next == ",":
            self.take()
            yield self.operand()
        self.take(")")

    def operand(self) -> Node:
        if self.next.lower() == "if_not_exists":
            _, path, default = self._call()
            return ("if_not_exists", path[1], default)
        token = self.take()
        return ("value", token) if token.startswith(":") else ("path", token)

    def _action(self, clause: str) -> Node:
        path = self.take()
        if clause == "REMOVE":
            return (clause, path)
        if clause != "SET":
            return (clause, path, self.operand())
        self.take("=")
        value = self.operand()
        if self.next in ("+", "-"):
            value = (self.take(), value, self.operand())
        return (clause, path, value)


@lru_cache(maxsize=4096)
def parsed_condition(text: str) -> Node:
    return Parser(text).condition()


@lru_cache(maxsize=4096)
def parsed_update(text: str) -> tuple[Node, ...]:
    return tuple(Parser(text).updates())


def holds(node: Node, item: Item, scope: Scope) -> bool:
    """Whether a condition is true of an item."""
    kind, *parts = node
    if kind == "AND":
        return holds(parts[0], item, scope) and holds(parts[1], item, scope)
    if kind == "OR":
        return holds(parts[0], item, scope) or holds(parts[1], item, scope)
    if kind == "NOT":
        return not holds(parts[0], item, scope)
    found = [scope.operand(part, item) for part in parts]
    return kind in TESTS and TESTS[kind](*found) if kind in TESTS else _compares(kind, found[0], found[1])


def _compares(sign: str, left: Value | None, right: Value | None) -> bool:
    if left is None or right is None or left.keys() != right.keys():
        return sign == "<>" and left is not None
    return COMPARISONS[sign](_plain(left), _plain(right))


def _plain(value: Value) -> Any:
    ((kind, content),) = value.items()
    return Decimal(content) if kind == "N" else content


def _contains(value: Value | None, part: Value | None) -> bool:
    if value is None or part is None:
        return False
    ((kind, content),) = value.items()
    wanted = next(iter(part.values()))
    return wanted in content if kind in ("S", "SS", "NS") else False


def _begins(value: Value | None, start: Value | None) -> bool:
    return bool(value and start and "S" in value and value["S"].startswith(start["S"]))


def _between(value: Value | None, low: Value | None, high: Value | None) -> bool:
    return _compares(">=", value, low) and _compares("<=", value, high)


TESTS: dict[str, Callable[..., bool]] = {
    "attribute_exists": lambda value: value is not None,
    "attribute_not_exists": lambda value: value is None,
    "begins_with": _begins,
    "contains": _contains,
    "BETWEEN": _between,
    "IN": lambda value, *some: value is not None and any(_compares("=", value, one) for one in some),
}


def updated(actions: tuple[Node, ...], item: Item, scope: Scope) -> Item:
    """The item after an update; every action sees the item as it was before."""
    after = dict(item)
    for clause, path, *rest in actions:
        name = scope.name(path)
        if clause == "REMOVE":
            after.pop(name, None)
        elif clause == "SET":
            after[name] = _assigned(rest[0], item, scope)
        else:
            value = scope.operand(rest[0], item)
            changed = _added(item.get(name), value) if clause == "ADD" else _without(item.get(name), value)
            after.pop(name, None)
            if changed is not None:
                after[name] = changed
    return after


def _assigned(node: Node, item: Item, scope: Scope) -> Value:
    if node[0] in ("+", "-"):
        left, right = (_assigned(part, item, scope) for part in node[1:])
        sign = 1 if node[0] == "+" else -1
        return {"N": str(Decimal(left["N"]) + sign * Decimal(right["N"]))}
    value = scope.operand(node, item)
    if value is None:
        raise ServiceError("ValidationException", "The provided expression refers to an attribute that does not exist")
    return value


def _added(old: Value | None, value: Value | None) -> Value | None:
    if value is None:
        return old
    ((kind, content),) = value.items()
    if kind == "N":
        return {"N": str(Decimal(old["N"] if old else 0) + Decimal(content))}
    return {kind: sorted({*(old[kind] if old else ()), *content})}


def _without(old: Value | None, value: Value | None) -> Value | None:
    if old is None or value is None:
        return old
    ((kind, content),) = value.items()
    left = sorted(set(old[kind]) - set(content))
    return {kind: left} if left else None
