"""JSON as the standard has it, in bounded size."""

import json
import zlib
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from todo_project.renderers import RequestBodyRenderer


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = "The body may have at most 64 KB."


class StrictJSONParser(BaseParser):
    """Refuses what Python's parser would let through: repeated names, NaN, lone surrogates, endless depth."""

    media_type = "application/json"
    # With it the browsable API fills its form for a request's body.
    renderer_class = RequestBodyRenderer

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 -- DRF's signature
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        headers = parser_context["request"].headers if parser_context else {}
        body = read_bounded(stream, headers.get("Content-Encoding", "identity"))
        if parser_context:
            # What was sent, for who must know the same request again.
            parser_context["request"].body_bytes = body
        try:
            data = json.loads(body.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
            if b"\\u" in body:
                json.dumps(data, ensure_ascii=False).encode()  # fails on a surrogate without its partner
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not valid JSON.") from error
        if not isinstance(data, dict):
            raise ParseError("The body must be a JSON object.")
        return data


class MergePatchParser(StrictJSONParser):
    """RFC 7396: what is sent changes, null clears, the rest stays."""

    media_type = "application/merge-patch+json"


def read_bounded(stream: IO[Any], encoding: str) -> bytes:
    """The body, unpacked if it is gzip, never holding more than the limit in memory."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body: bytes = stream.read(limit + 1)
    if encoding == "gzip" and len(body) <= limit:
        unpacking = zlib.decompressobj(wbits=31)
        try:
            body = unpacking.decompress(body, limit + 1)
        except zlib.error as error:
            raise ParseError("The body is not valid gzip.") from error
        if len(body) <= limit and (not unpacking.eof or unpacking.unused_data):
            raise ParseError("The gzip body is cut off, or something follows it.")
    elif encoding not in ("identity", "gzip"):
        raise UnsupportedMediaType(encoding, detail="Content-Encoding may be gzip or identity.")
    if len(body) > limit:
        raise BodyTooLarge
    return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
