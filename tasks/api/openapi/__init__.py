"""The OpenAPI document, generated from the views at build time into `openapi.json`.

Import this only to generate the document: no request needs the generator.
"""

import json
from pathlib import Path
from typing import Final

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework.settings import api_settings

from tasks.api.openapi import fields, schemes  # noqa: F401 -- importing them registers them
from tasks.api.openapi.operations import describe_views
from tasks.api.openapi.responses import Document

FILE: Final = Path(__file__).parent / "openapi.json"


def document() -> Document:
    """Returns the whole document as JSON-compatible data."""
    # Not a setting: the router asks each viewset for its schema, and the deployed function has no generator.
    api_settings.DEFAULT_SCHEMA_CLASS = AutoSchema  # type: ignore[assignment]  # the stubs have the name, not the class
    describe_views()
    generated: Document = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return generated


def text() -> str:
    """Returns the document as text, as in the file."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"
