"""`python -m infra.deployment deploy|destroy|zappa|manage|env|pass|test-api|test-etl STAGE`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable

from infra.deployment import DeploymentError
from infra.deployment.passes import run_pass
from infra.deployment.probes import api, etl
from infra.deployment.probes.client import WrongResponse
from infra.deployment.steps import deploy, destroy
from infra.deployment.target import Target
from infra.local.environment import as_exports
from infra.local.processes import StackError
from infra.packaging import ROOT

INTERRUPTED = 130


def main() -> int:
    arguments = _parser().parse_args()
    try:
        arguments.run(Target(arguments.stage), arguments)
    except (DeploymentError, StackError) as error:
        print(error, file=sys.stderr)
        return 1
    except WrongResponse as error:
        print(f"WRONG RESPONSE. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to continue.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _zappa(target: Target, arguments: argparse.Namespace) -> None:
    command, *rest = _command(arguments, "status")
    target.zappa().command(command, *rest)


def _manage(target: Target, arguments: argparse.Namespace) -> None:
    """Runs it on this machine, with the caller's credentials and the stage's names."""
    command = _command(arguments, "redrive")
    variables = {**os.environ, **target.variables()}
    done = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=variables, check=False)
    if done.returncode:
        raise DeploymentError(f"`manage.py {' '.join(command)}` failed; see its output above.")


def _command(arguments: argparse.Namespace, example: str) -> list[str]:
    """The arguments after the stage on the command line."""
    command: list[str] = arguments.command
    if not command:
        raise DeploymentError(f'Nothing to run: give it as RUN="{example}".')
    return command


def _test_api(target: Target, arguments: argparse.Namespace) -> None:
    print(api.run(target.variables(), users=arguments.num_users, tasks=arguments.tasks_per_user))


def _test_etl(target: Target, arguments: argparse.Namespace) -> None:
    summary = etl.run(
        target.variables(),
        lambda: run_pass(target),
        users=arguments.num_users,
        tasks=arguments.tasks_per_user,
        updates=arguments.updates_per_task,
    )
    print(summary)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.deployment", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Target, argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        made.add_argument("stage", metavar="STAGE", help="local, dev or production")
        return made

    command("deploy", lambda target, _: deploy(target), "deploy stacks, function and front door, then run a smoke test")
    command("destroy", lambda target, _: destroy(target), "delete everything except what the stage retains")
    command(
        "env",
        lambda target, _: print(as_exports(target.variables()), end=""),
        "print the stage's names as shell exports",
    )
    command("pass", lambda target, _: run_pass(target), "run one pipeline pass and wait for it")
    for name, run, text in (
        ("zappa", _zappa, "run a Zappa command on the stage, like: zappa dev tail --since 1h"),
        ("manage", _manage, "run a manage.py command with the stage's names, like: manage dev redrive"),
    ):
        passed_on = command(name, run, text)
        passed_on.add_argument("command", nargs=argparse.REMAINDER, help="the command and its options")
    for name, run, text in (
        ("test-api", _test_api, "test a task's whole life through the deployed API"),
        ("test-etl", _test_etl, "write tasks, run one pipeline pass and check the insights"),
    ):
        probe = command(name, run, text)
        probe.add_argument("--num-users", type=_positive, default=2)
        probe.add_argument("--tasks-per-user", type=_positive, default=10)
        probe.add_argument("--updates-per-task", type=_positive, default=2)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
