"""`python -m infra.deployment deploy|destroy|zappa|test-api|test-etl STAGE`."""

import argparse
import sys
from collections.abc import Callable

from infra.deployment import DeploymentError
from infra.deployment.passes import run_pass
from infra.deployment.probes import api, etl
from infra.deployment.probes.client import WrongAnswer
from infra.deployment.steps import deploy, destroy
from infra.deployment.target import Target
from infra.local.processes import StackError


def main() -> int:
    arguments = _parser().parse_args()
    try:
        arguments.run(Target(arguments.stage), arguments)
    except (DeploymentError, StackError) as error:
        print(error, file=sys.stderr)
        return 1
    except WrongAnswer as error:
        print(f"WRONG ANSWER. {error}", file=sys.stderr)
        return 1
    return 0


def _zappa(target: Target, arguments: argparse.Namespace) -> None:
    command, *rest = arguments.command
    zappa = target.zappa()
    zappa.run(zappa.prepare(), command, target.stage.stage, *rest)


def _test_api(target: Target, arguments: argparse.Namespace) -> None:
    print(api.run(target.variables(), users=arguments.num_users, tasks=arguments.tasks_per_user))


def _test_etl(target: Target, arguments: argparse.Namespace) -> None:
    said = etl.run(
        target.variables(),
        lambda: run_pass(target),
        users=arguments.num_users,
        tasks=arguments.tasks_per_user,
        updates=arguments.updates_per_task,
    )
    print(said)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.deployment", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Target, argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        made.add_argument("stage", metavar="STAGE", help="local, dev or production")
        return made

    command("deploy", lambda target, _: deploy(target), "stacks, function, front door, smoke test")
    command("destroy", lambda target, _: destroy(target), "takes out all but what the stage retains")
    zappa = command("zappa", _zappa, "a Zappa command on the stage, like: zappa dev tail --since 1h")
    zappa.add_argument("command", nargs=argparse.REMAINDER, help="Zappa's command and its options")
    for name, run, text in (
        ("test-api", _test_api, "a task's whole life, through the deployed API"),
        ("test-etl", _test_etl, "writes, one pipeline pass, and the insights they must have become"),
    ):
        probe = command(name, run, text)
        probe.add_argument("--num-users", type=_positive, default=2)
        probe.add_argument("--tasks-per-user", type=_positive, default=10)
        probe.add_argument("--updates-per-task", type=_positive, default=2)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
