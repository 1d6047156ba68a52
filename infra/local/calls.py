"""Logs each call to AWS as a line in the file that CALLS_LOG names. Logs nothing if it is unset."""

import json
import os
from pathlib import Path

VARIABLE = "CALLS_LOG"


def note(caller: str, action: str, resource: str) -> None:
    """Logs one call.

    caller: the ARN of a role's session, or an access key's id. action: as in policies. resource: an ARN, or `*` if the
    call names none.
    """
    if file := os.environ.get(VARIABLE):
        line = json.dumps({"caller": caller, "action": action, "resource": resource})
        with Path(file).open("a") as log:
            log.write(line + "\n")
