"""Starts the whole system on this machine, watches it, and stops it part by part."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType

import boto3

from glue.operations.wait_for_bronze import BronzeLagError, wait_for_bronze
from infra.deployment.cloudformation import AFTER_THE_FUNCTION, Deployment, synthesise
from infra.local import checks, instance, services
from infra.local.bootstrap import bootstrap
from infra.local.emulator_state import reset_stream_positions
from infra.local.environment import process_environment, stack_variables, use_in_this_process, write_env_file
from infra.local.processes import Service, StackError
from infra.local.roles import as_role, role_arns, write_profiles
from infra.local.settings import (
    DEMO_EMAIL,
    DEMO_PASSWORD,
    DEPLOYMENT_NAMES,
    NAMES,
    REGION,
    STAGE,
    LocalSettings,
)
from infra.packaging import ROOT
from infra.progress import step

DRAIN_SECONDS = 30
SAMPLE_LOADED = "loaded"
CREATE_USER = ".venv/bin/python manage.py createuser EMAIL --password PASSWORD"


class Interrupted(Exception):  # noqa: N818  (a request, not an error)
    """Ctrl-C, or SIGTERM from `make down`."""


class Supervisor:
    names = NAMES

    def __init__(self, settings: LocalSettings) -> None:
        self.settings = settings
        self.variables = stack_variables(settings)
        self.emulator: Service | None = None
        self.others: list[Service] = []

    def run(self) -> None:
        """Starts everything and runs until it is interrupted, or a part dies (StackError)."""
        lock = instance.acquire(self.settings.pid_file)
        if lock is None:
            pid = instance.running_pid(self.settings.pid_file)
            raise StackError(f"The stack is already running (process {pid}). Stop it with `{self.names.stop}`.")
        with lock:
            self._run_alone()

    def _run_alone(self) -> None:
        self.settings.ready_mark.unlink(missing_ok=True)
        checks.check_machine(self.settings, self.names)
        use_in_this_process(self.variables)
        _on_signals(_interrupt)
        try:
            self._bring_up()
            self.settings.ready_mark.touch()
            self._announce()
            self._watch()
        except Interrupted:
            print("\nStopping ...", flush=True)
        finally:
            _on_signals(signal.SIG_IGN)
            self._take_down()
            print("Stopped.", flush=True)

    def _bring_up(self) -> None:
        self._start_engines()
        with step("Stacks: synthesise"):
            assembly = synthesise(STAGE)
        with step("Stacks: deploy"):
            session = boto3.Session(region_name=REGION)
            bootstrap(session)
            deployment = Deployment(session, assembly)
            # gunicorn serves the API here, so there is no function for these stacks.
            deployment.run(name for name in deployment.stack_names() if not name.endswith(AFTER_THE_FUNCTION))
            self.variables |= deployment.outputs()
            use_in_this_process(self.variables)
            write_env_file(self.settings, self.variables)
            if self.settings.enforce_iam:
                write_profiles(self.settings, role_arns(session.client("cloudformation"), session.client("iam")))
        with step("API, 2 processes"):
            self._start(services.api(self.settings, self._environment("FunctionRole")))
        self._start(services.log_delivery(self.settings, self._environment("LogDeliveryRole")))
        if not self.settings.sample_mark.exists():
            self._load_sample()
            self.settings.sample_mark.write_text(SAMPLE_LOADED)
        self._start(services.scheduler(self.settings, self._environment()))

    def _start_engines(self) -> None:
        with step("Emulator of AWS"):
            self._start_emulator()
        with step("Athena endpoint"):
            self._start(services.athena_endpoint(self.settings, self._environment()))

    def _start_emulator(self) -> None:
        settings = self.settings
        if not settings.sample and not settings.sample_mark.exists():
            settings.sample_mark.touch()
        settings.clean_mark.unlink(missing_ok=True)
        settings.state.mkdir(parents=True, exist_ok=True)
        reset_stream_positions(settings.state)
        self.emulator = services.emulator(settings, self._environment())
        self.emulator.start()

    def _load_sample(self) -> None:
        with step("Demo users and a sample history"):
            self._manage("seed_history", "--password", DEMO_PASSWORD)
        with step("First pipeline pass"):
            self._manage("runpipeline")

    def _manage(self, *arguments: str) -> None:
        """Runs a management command that prints its progress."""
        child = subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self._environment())
        try:
            if child.wait():
                raise StackError(f"`manage.py {arguments[0]}` failed; see its output above.")
        except Interrupted:
            child.terminate()
            child.wait()
            raise

    def _environment(self, role: str | None = None) -> dict[str, str]:
        """role: the part's role while IAM is enforced; without one it has administrator rights."""
        variables = self.variables
        if role and self.settings.enforce_iam:
            variables = as_role(self.settings, variables, role)
        return process_environment(variables)

    def _start(self, service: Service) -> None:
        self.others.append(service)
        service.start()

    def _watch(self) -> None:
        while True:
            if self.emulator is None or self.emulator.exit_code() is not None:
                raise StackError(
                    "The emulator was killed and lost its state, so everything else was stopped. "
                    f"Run `{self.names.reset}`, then start again."
                )
            for service in self.others:
                if service.exit_code() is not None:
                    raise StackError(
                        f"{service.name} ended unexpectedly, so everything else was stopped. No data is lost. "
                        f"Start again; if it ends again, see {service.log}."
                    )
            time.sleep(0.5)

    def _take_down(self) -> None:
        self.settings.ready_mark.unlink(missing_ok=True)
        for service in reversed(self.others):
            service.stop()
        if self.emulator is not None:
            self._drain_stream()
            if self.emulator.stop():
                self.settings.clean_mark.touch()

    def _drain_stream(self) -> None:
        """Waits until all writes are in bronze, because the emulator loses its stream when it stops."""
        if self.emulator is None or self.emulator.exit_code() is not None or "LAKE_BUCKET" not in self.variables:
            return
        try:
            wait_for_bronze(
                table=self.variables["TABLE_NAME"],
                bucket=self.variables["LAKE_BUCKET"],
                user_key_secret_id=self.variables["USER_KEY_SECRET_ID"],
                timeout=DRAIN_SECONDS,
            )
        except BronzeLagError as error:
            print(f"Some of the last writes won't reach the lake. {error}", file=sys.stderr)

    def _announce(self) -> None:
        settings = self.settings
        has_demo = settings.sample_mark.read_text() == SAMPLE_LOADED
        login = f"{DEMO_EMAIL}  {DEMO_PASSWORD}" if has_demo else f"(no demo: started with SAMPLE=0) {CREATE_USER}"
        print(
            f"\nReady.\n"
            f"  dashboard  {settings.api_url}/dashboard\n"
            f"  tasks      {settings.api_url}/api/v1/tasks\n"
            f"  API docs   {settings.api_url}/docs\n"
            f"  sign in    {login}\n"
            f"  shell      . {settings.env_file}\n"
            f"  logs       {settings.folder / 'logs'}",
            flush=True,
        )


class Engines(Supervisor):
    """Only the engines, like an empty account, and an address for the API that is deployed to it later."""

    names = DEPLOYMENT_NAMES

    def _bring_up(self) -> None:
        self._start_engines()
        bootstrap(boto3.Session(region_name=REGION))
        self._start(services.front_door(self.settings, self._environment()))
        write_env_file(self.settings, self.variables)

    def _announce(self) -> None:
        print("Ready.", flush=True)


def _on_signals(action: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    signal.signal(signal.SIGINT, action)
    signal.signal(signal.SIGTERM, action)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted
