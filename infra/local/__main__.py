"""`python -m infra.local run|engines|up|down|reset|check`."""

import sys
from collections.abc import Callable

from infra.deployment import DeploymentError
from infra.local.control import check, down, reset, up
from infra.local.processes import StackError
from infra.local.settings import LocalSettings
from infra.local.supervisor import Engines, Supervisor

COMMANDS: dict[str, Callable[[LocalSettings], None]] = {
    "run": lambda settings: Supervisor(settings).run(),
    "engines": lambda settings: Engines(settings).run(),
    "up": up,
    "down": down,
    "reset": reset,
    "check": check,
}


def main() -> int:
    command = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if command is None:
        print(f"Usage: python -m infra.local {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        command(LocalSettings.from_environment())
    except (StackError, DeploymentError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
