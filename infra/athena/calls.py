"""An optional log of who called what, for checks of least privilege."""

import json
import re
from pathlib import Path
from typing import Any

SIGNER = re.compile(r"Credential=([^/]+)/")


class CallLog:
    """Appends a JSON line for each call to `file`: the caller's access key, the action and the resource."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, service: str, action: str, request: dict[str, Any], authorization: str) -> None:
        """Logs a call with the names that policies use. `authorization` is the request's header."""
        signer = SIGNER.search(authorization)
        line = {
            "caller": signer[1] if signer else "",
            "action": f"{service}:{action}",
            "resource": _workgroup(request) if service == "athena" else _catalog_resource(request),
        }
        with self._file.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


def _workgroup(request: dict[str, Any]) -> str:
    return f"workgroup/{request['WorkGroup']}" if "WorkGroup" in request else "*"


def _catalog_resource(request: dict[str, Any]) -> str:
    """The table, database or catalog that a Glue request is about."""
    database, name = request.get("DatabaseName"), request.get("Name")
    table = request.get("TableName") or (request.get("TableInput") or request).get("Name")
    if database and table:
        return f"table/{database}/{table}"
    return f"database/{database or name}" if database or name else "catalog"
