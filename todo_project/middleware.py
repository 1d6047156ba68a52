"""Middleware for every response: a correlation id, a log line, security headers."""

import logging
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from todo_project.logs import correlation_id, valid_or_new_id
from todo_project.metrics import embedded, outcomes

logger = logging.getLogger("todo_api.access")

GetResponse = Callable[[HttpRequest], HttpResponseBase]

OWN_FILES_ONLY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# For pages of libraries with inline styles.
OWN_FILES_AND_INLINE_STYLES = OWN_FILES_ONLY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": OWN_FILES_ONLY,
}


class RequestLog:
    """Sets the correlation id during the request and logs one line about the response.

    The line has the route, not the path, which may contain arbitrary input.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = valid_or_new_id(request.headers.get("X-Correlation-Id"))
        token = correlation_id.set(request_id)
        try:
            response = self.get_response(request)
            response["X-Correlation-Id"] = request_id
            match = request.resolver_match
            logger.info(
                "request",
                extra={
                    "fields": {
                        "request_id": secrets.token_hex(8),
                        "method": request.method,
                        "route": match.route if match else None,
                        "status": response.status_code,
                        "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                        **embedded(outcomes(request, response)),
                    }
                },
            )
        finally:
            correlation_id.reset(token)
        return response


class SecurityHeaders:
    """Adds the headers that a view has not set itself. Only static files may be cached."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path_info.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""
        return response
