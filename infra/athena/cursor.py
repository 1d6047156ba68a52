"""Reads a statement word by word, up to the query inside it, which sqlglot parses."""

import re
from dataclasses import dataclass
from itertools import takewhile

from .errors import QueryError

_COMMENTS = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)
_TOKEN = re.compile(
    r"(?P<string>'(?:[^'\\]|''|\\.)*')"
    r'|(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`)'
    r"|(?P<word>[+-]?\d+\.\d+|[\w$]+)"
    r"|(?P<mark>.)",
    re.DOTALL,
)


def without_comments(sql: str) -> str:
    """The statement without leading comments and without the final semicolon."""
    start = _COMMENTS.match(sql)
    return sql[start.end() if start else 0 :].rstrip().rstrip(";").rstrip()


def opening(syntax: str) -> tuple[str, ...]:
    """The keywords that a syntax begins with: `SHOW` and `TABLES` of `SHOW TABLES [IN database]`."""
    return tuple(takewhile(lambda word: word == "(" or (word.isalpha() and word.isupper()), syntax.split()))


@dataclass(frozen=True)
class Name:
    """A relation's name; the database defaults to the session's."""

    database: str
    table: str


@dataclass(frozen=True)
class ColumnDefinition:
    name: str
    type: str
    comment: str | None = None


@dataclass(frozen=True)
class Token:
    """`kind` is string, name (quoted), word or mark; `text` is without quotes."""

    kind: str
    text: str
    start: int
    end: int


class Cursor:
    """A position in a statement. Both `"x"` and `` `x` `` quote a name."""

    def __init__(self, sql: str, database: str) -> None:
        self.sql = sql
        self._database = database
        self._position = 0

    def _token_at(self, position: int) -> Token | None:
        blank = _COMMENTS.match(self.sql, position)
        match = _TOKEN.match(self.sql, blank.end() if blank else position)
        if match is None:
            return None
        kind, text = str(match.lastgroup), match[0]
        if kind == "string":
            text = re.sub(r"\\(.)", r"\1", text[1:-1].replace("''", "'"))
        elif kind == "name":
            text = text[1:-1].replace(text[0] * 2, text[0])
        return Token(kind, text, match.start(), match.end())

    def _peek(self) -> Token | None:
        return self._token_at(self._position)

    def _next(self, wanted: str) -> Token:
        token = self._peek()
        if token is None:
            raise self.error(f"Expecting: {wanted}")
        self._position = token.end
        return token

    def at(self, *words: str) -> bool:
        """Whether these words come next."""
        return self._after(words) is not None

    def _after(self, words: tuple[str, ...]) -> int | None:
        position = self._position
        for word in words:
            token = self._token_at(position)
            if token is None or token.kind not in ("word", "mark") or token.text.upper() != word:
                return None
            position = token.end
        return position

    def take(self, *words: str) -> bool:
        """Consumes these words if they come next; returns whether they did."""
        position = self._after(words)
        if position is None:
            return False
        self._position = position
        return True

    def expect(self, *words: str) -> None:
        if not self.take(*words):
            raise self.error(f"Expecting: '{' '.join(words)}'")

    def error(self, message: str = "") -> QueryError:
        """A SYNTAX_ERROR at the cursor's position."""
        token = self._peek()
        before = self.sql[: token.start if token else len(self.sql)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        found = f"mismatched input '{token.text}'" if token else "mismatched input '<EOF>'"
        return QueryError("SYNTAX_ERROR", f"line {line}:{column}: {found}. {message}".strip())

    def word(self) -> str:
        """The next token's text, whatever it is."""
        return self._next("a word").text

    def identifier(self) -> str:
        token = self._peek()
        if token is None or token.kind not in ("word", "name"):
            raise self.error("Expecting: an identifier")
        self._position = token.end
        return token.text.lower()

    def string(self) -> str:
        token = self._peek()
        if token is None or token.kind != "string":
            raise self.error("Expecting: a string")
        self._position = token.end
        return token.text

    def name(self) -> Name:
        parts = [self.identifier()]
        while self.take("."):
            parts.append(self.identifier())
        return Name(parts[-2] if len(parts) > 1 else self._database.lower(), parts[-1])

    def properties(self) -> dict[str, str]:
        """`('key' = 'value', key = ARRAY['a', 'b'])`; the elements of an array are joined by line feeds."""
        self.expect("(")
        found: dict[str, str] = {}
        while not self.take(")"):
            key = self._next("a property").text.lower()
            self.expect("=")
            found[key] = self._array() if self.take("ARRAY") else self.word()
            self.take(",")
        return found

    def _array(self) -> str:
        self.expect("[")
        elements = []
        while not self.take("]"):
            elements.append(self.word())
            self.take(",")
        return "\n".join(elements)

    def columns(self) -> list[ColumnDefinition]:
        """`(name type [COMMENT 'text'], ...)`."""
        self.expect("(")
        found = []
        while not self.take(")"):
            name, kind = self.identifier(), self.type()
            found.append(ColumnDefinition(name, kind, self.string() if self.take("COMMENT") else None))
            self.take(",")
        return found

    def type(self) -> str:
        """A Hive type as written, in lower case and without spaces."""
        parts: list[str] = []
        depth = 0
        while (token := self._peek()) is not None:
            if depth == 0 and (token.text in (",", ")") or self.at("COMMENT")):
                break
            depth += (token.text in ("<", "(")) - (token.text in (">", ")"))
            parts.append(token.text)
            self._position = token.end
        if not parts or depth:
            raise self.error("Expecting: a type")
        return "".join(parts).lower()

    def rest(self) -> str:
        """The statement's text from here on."""
        token = self._peek()
        return self.sql[token.start :] if token else ""

    def at_end(self) -> bool:
        return self._peek() is None

    def end(self) -> None:
        """Raises QueryError if anything follows."""
        if not self.at_end():
            raise self.error()
