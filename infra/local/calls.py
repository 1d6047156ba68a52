"""Who called what of AWS: a line for each call, in the file that CALLS_LOG names; else nothing is kept."""

import json
import os
from pathlib import Path

VARIABLE = "CALLS_LOG"


def note(caller: str, action: str, resource: str) -> None:
    """A call that was made.

    caller: a role's session, as its ARN, or an access key's id. action: as policies spell it. resource: its ARN, or
    `*` where the call names none.
    """
    if file := os.environ.get(VARIABLE):
        line = json.dumps({"caller": caller, "action": action, "resource": resource})
        with Path(file).open("a") as log:
            log.write(line + "\n")
