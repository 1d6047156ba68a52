"""dbt's commands without its start: they run in forks of a process that has imported dbt and parsed the project.

A command of its own takes some seconds to import dbt, and more to parse a project whose databases have other names than
the last time; the forks have both done, and put the names of their databases into what was parsed. As a program, this
module is the process that is forked.
"""

import atexit
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.patience import LONG

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ("--project-dir", "analytics_dbt", "--profiles-dir", "analytics_dbt")
SERVICES = ("athena", "glue", "s3", "sts")
DATABASES = ("SILVER_DATABASE", "STAGING_DATABASE", "GOLD_DATABASE")


@dataclass
class Command:
    """One that runs. `lines` are what it says, as it says it; `returncode` is known once these have ended."""

    pid: int
    lines: Iterator[str]
    returncode: int | None = None

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


class Forks:
    """Starts commands one after the other."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="dbt-"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.dbt", str(self._folder)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        atexit.register(self._end)

    @contextmanager
    def running(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[Command]:
        """dbt with these arguments; in the end, whatever of it nobody read is gone."""
        report = self._folder / "report"
        os.mkfifo(report)
        self._tell({"arguments": arguments, "environment": environment, "report": str(report)})
        pid = int(self._answer())
        watch = threading.Timer(LONG, os.kill, (pid, signal.SIGKILL))
        watch.start()
        try:
            with report.open() as lines:
                command = Command(pid, lines)
                yield command
                for _ in lines:
                    """What nobody wanted to read."""
            command.returncode = int(self._answer())
        finally:
            watch.cancel()
            report.unlink()

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        with self.running(arguments, environment) as command:
            said = "".join(command.lines)
        assert command.returncode is not None
        return subprocess.CompletedProcess(arguments, command.returncode, said, "")

    def _end(self) -> None:
        """It ends when nobody writes to it any more."""
        self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tell(self, command: Mapping[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(command)}\n")
        self._process.stdin.flush()

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@functools.cache
def forks() -> Forks:
    """This process's."""
    return Forks()


def _serve(folder: Path) -> None:
    """Reads commands from standard input, a line of JSON each; answers with the fork's id, and then how it ended."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    manifest = _parsed(folder)
    for line in sys.stdin:
        command = json.loads(line)
        pid = os.fork()
        if not pid:
            os._exit(_invoke(manifest, **command))
        print(pid, file=answers, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def _parsed(folder: Path) -> Any:
    """The project's manifest. What this imports and reads on the way, the forks have."""
    import boto3  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    from infra.local.dbt import share_service_models  # noqa: PLC0415

    share_service_models()
    for service in SERVICES:
        # Any: the stubs know each service by its literal name.
        make: Any = boto3.client
        make(service, region_name="us-east-1")
    others = {"AWS_DEFAULT_REGION": "us-east-1", "ATHENA_WORKGROUP": "none", "LAKE_BUCKET": "none"}
    os.environ.update({**{name: name for name in DATABASES}, **others})
    parsed = dbtRunner().invoke(["parse", *PROJECT, "--target-path", str(folder), "--log-path", str(folder)])
    if not parsed.success:
        raise SystemExit(f"dbt could not parse the project: {parsed.exception or parsed.result}")
    return parsed.result


def _invoke(manifest: Any, arguments: list[str], environment: dict[str, str], report: str) -> int:
    """In the fork: runs a command with an environment of its own; all it says goes to `report`."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    with open(report, "w") as said:  # noqa: PTH123  (opening a FIFO is no work on a path)
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
        os.environ.clear()
        os.environ.update(environment)
        for node in [*manifest.nodes.values(), *manifest.sources.values(), *manifest.unit_tests.values()]:
            _rename(node, {name: environment[name] for name in DATABASES})
        manifest.build_flat_graph()
        done = dbtRunner(manifest=manifest).invoke([*arguments, *PROJECT])
        if done.exception:
            print(done.exception)
        sys.stdout.flush()
    return 0 if done.success else 1


def _rename(node: Any, databases: Mapping[str, str]) -> None:
    """The project was parsed with the variables' names for those of the databases."""
    for named, attribute in ((node, "schema"), (node, "relation_name"), (node.config, "schema")):
        text = getattr(named, attribute, None)
        for variable, database in databases.items():
            text = text and text.replace(variable, database)
        if text:
            setattr(named, attribute, text)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
