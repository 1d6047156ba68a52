"""The processes of the local stack: how each starts, and when it is ready."""

import json
import sys
import urllib.error
import urllib.request

from infra.local import calls
from infra.local.processes import HOST, Service, port_answers
from infra.local.settings import LocalSettings

PYTHON = sys.executable


def emulator(settings: LocalSettings, environment: dict[str, str]) -> Service:
    """AWS except Athena. It saves its state only on SIGTERM, so it gets time to stop."""
    scratch = settings.folder / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    return Service(
        name="The emulator",
        command=[PYTHON, "-m", "infra.local.emulator"],
        environment={
            **environment,
            "GATEWAY_PORT": str(settings.emulator_port),
            "MINISTACK_HOST": HOST,
            "BIND_HOST": HOST,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(settings.state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(settings.state / "s3"),
            "TMPDIR": str(scratch),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            **({"AUTH": "true", calls.VARIABLE: str(settings.calls_log)} if settings.enforce_iam else {}),
        },
        log=settings.log("emulator"),
        ready=lambda: port_answers(settings.emulator_port),
        stop_seconds=60,
    )


def athena_endpoint(settings: LocalSettings, environment: dict[str, str]) -> Service:
    return Service(
        name="The Athena endpoint",
        command=[
            PYTHON, "-m", "infra.athena",
            "--backend", settings.emulator_url, "--port", str(settings.athena_port),
            "--state", str(settings.state / "athena"),
            *(["--calls-log", str(settings.calls_log)] if settings.enforce_iam else []),
        ],
        environment=environment,
        log=settings.log("athena"),
        ready=lambda: port_answers(settings.athena_port),
    )  # fmt: skip


def api(settings: LocalSettings, environment: dict[str, str]) -> Service:
    return Service(
        name="The API",
        command=[
            PYTHON, "-m", "gunicorn", "todo_project.wsgi:application",
            "--bind", f"{HOST}:{settings.api_port}", "--workers", "2", "--threads", "4",
            "--graceful-timeout", "5", "--no-control-socket", "--limit-request-line", "8190",
        ],
        environment=environment,
        log=settings.log("api"),
        ready=lambda: _is_healthy(settings),
    )  # fmt: skip


def front_door(settings: LocalSettings, environment: dict[str, str]) -> Service:
    """The address of the deployed API on this machine."""
    return Service(
        name="The deployed API's front door",
        command=[PYTHON, "-m", "infra.local.front_door"],
        environment=environment,
        log=settings.log("front-door"),
        ready=lambda: port_answers(settings.api_port),
    )


def log_delivery(settings: LocalSettings, environment: dict[str, str]) -> Service:
    """The laptop's stand-in for the log group's subscription filter."""
    return Service(
        name="The log delivery",
        command=[PYTHON, "-m", "infra.local.log_delivery"],
        environment=environment,
        log=settings.log("log-delivery"),
        ready=lambda: True,
    )


def scheduler(settings: LocalSettings, environment: dict[str, str]) -> Service:
    """The laptop's stand-in for the pipeline's schedule."""
    return Service(
        name="The pipeline's schedule",
        command=[PYTHON, "-m", "infra.local.scheduler"],
        environment=environment,
        log=settings.log("pipeline"),
        ready=lambda: True,
        with_children=True,
    )


def _is_healthy(settings: LocalSettings) -> bool:
    try:
        with urllib.request.urlopen(f"{settings.api_url}/health", timeout=2) as response:  # noqa: S310  # nosec B310 (a loopback address of ours)
            return bool(json.load(response)["status"] == "ok")
    except (urllib.error.URLError, OSError):
        return False
