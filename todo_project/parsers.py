"""Strict JSON parsers with a size limit."""

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
    default_detail = "The body must not be larger than 64 KB."


class StrictJSONParser(BaseParser):
    """Rejects JSON that Python's parser accepts: repeated names, NaN, lone surrogates, excessive depth."""

    media_type = "application/json"
    # The browsable API uses it to fill its form for a request's body.
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
            # The bytes as sent, for the fingerprint of an Idempotency-Key.
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
    """RFC 7396: changes the members that are sent; null clears a member."""

    media_type = "application/merge-patch+json"


def read_bounded(stream: IO[Any], encoding: str) -> bytes:
    """Returns the body, decompressed if it is gzip, without ever holding more than the limit in memory."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body: bytes = stream.read(limit + 1)
    if encoding == "gzip" and len(body) <= limit:
        unpacking = zlib.decompressobj(wbits=31)
        try:
            body = unpacking.decompress(body, limit + 1)
        except zlib.error as error:
            raise ParseError("The body is not valid gzip.") from error
        if len(body) <= limit and (not unpacking.eof or unpacking.unused_data):
            raise ParseError("The gzip body is truncated or has trailing data.")
    elif encoding not in ("identity", "gzip"):
        raise UnsupportedMediaType(encoding, detail="Content-Encoding must be gzip or identity.")
    if len(body) > limit:
        raise BodyTooLarge
    return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
