"""The OpenAPI document, generated from the views when the project is built, and kept in `openapi.json`.

Imported only to make it: nothing that serves a request needs the generator.
"""

import json
from pathlib import Path
from typing import Final

from drf_spectacular.generators import SchemaGenerator

from tasks.api.openapi import fields, schemes  # noqa: F401 -- the generator finds them once they are imported
from tasks.api.openapi.answers import Document
from tasks.api.openapi.operations import describe_views

FILE: Final = Path(__file__).parent / "openapi.json"


def document() -> Document:
    """The whole document, as JSON-able data."""
    describe_views()
    generated: Document = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return generated


def text() -> str:
    """The document as the file holds it."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"
