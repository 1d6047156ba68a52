"""The local stack's folder and ports; the environment overrides each default."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from infra.local.processes import HOST
from infra.packaging import ROOT

REGION = "us-east-1"
STAGE = "local"
DEMO_EMAIL = "demo@example.com"
DEMO_PASSWORD = "Demo-password-1"  # noqa: S105  # nosec B105 (guards a sample here)


@dataclass(frozen=True)
class Names:
    """Names for messages at the terminal.

    ports: the variables that set the ports of emulator, Athena endpoint and API. stop, reset: commands.
    """

    ports: tuple[str, str, str]
    stop: str
    reset: str


NAMES = Names(("EMULATOR_PORT", "ATHENA_PORT", "API_PORT"), "make down", "make reset")
DEPLOYMENT_NAMES = Names(
    ("DEPLOYED_PORT", "DEPLOYED_ATHENA_PORT", "DEPLOYED_API_PORT"),
    f"make destroy STAGE={STAGE}",
    f"make destroy STAGE={STAGE}",
)


@dataclass(frozen=True)
class LocalSettings:
    """folder: holds all state. sample: whether a new stack gets demo users and a sample history.

    enforce_iam: the emulator refuses what a role doesn't permit, and the API runs under its role.
    """

    folder: Path
    emulator_port: int
    athena_port: int
    api_port: int
    sample: bool
    pass_every_seconds: float
    enforce_iam: bool = False

    @classmethod
    def from_environment(cls) -> "LocalSettings":
        read = os.environ.get
        return cls(
            folder=Path(read("LOCAL_DIR", str(ROOT / ".local"))).resolve(),
            emulator_port=int(read("EMULATOR_PORT", "4566")),
            athena_port=int(read("ATHENA_PORT", "4567")),
            api_port=int(read("API_PORT", "8000")),
            sample=read("SAMPLE", "1") != "0",
            pass_every_seconds=float(read("PASS_EVERY", "15")),
            enforce_iam=read("ENFORCE_IAM", "0") != "0",
        )

    @classmethod
    def for_deployment(cls) -> "LocalSettings":
        """The engines that `STAGE=local` is deployed to, separate from those of `make run`."""
        base = cls.from_environment()
        defaults = zip(DEPLOYMENT_NAMES.ports, ("4576", "4577", "4578"), strict=True)
        emulator, athena, api = (int(os.environ.get(name, default)) for name, default in defaults)
        return replace(
            base,
            folder=base.folder / "deployed",
            emulator_port=emulator,
            athena_port=athena,
            api_port=api,
            sample=False,
        )

    def as_environment(self) -> dict[str, str]:
        """The variables that give another process the same settings."""
        return {
            "LOCAL_DIR": str(self.folder),
            "EMULATOR_PORT": str(self.emulator_port),
            "ATHENA_PORT": str(self.athena_port),
            "API_PORT": str(self.api_port),
            "SAMPLE": "1" if self.sample else "0",
            "PASS_EVERY": str(self.pass_every_seconds),
            "ENFORCE_IAM": "1" if self.enforce_iam else "0",
        }

    @property
    def emulator_url(self) -> str:
        return f"http://{HOST}:{self.emulator_port}"

    @property
    def athena_url(self) -> str:
        return f"http://{HOST}:{self.athena_port}"

    @property
    def api_url(self) -> str:
        return f"http://{HOST}:{self.api_port}"

    @property
    def state(self) -> Path:
        """The emulator's saved state."""
        return self.folder / "state"

    @property
    def clean_mark(self) -> Path:
        """Exists exactly while the saved state comes from a clean stop."""
        return self.folder / "stopped-cleanly"

    @property
    def sample_mark(self) -> Path:
        """Exists once this state has its sample history or was started without one."""
        return self.folder / "sample-settled"

    @property
    def pid_file(self) -> Path:
        return self.folder / "supervisor.pid"

    @property
    def ready_mark(self) -> Path:
        return self.folder / "ready"

    @property
    def env_file(self) -> Path:
        return self.folder / "env"

    @property
    def calls_log(self) -> Path:
        """The log of calls to AWS, while IAM is enforced."""
        return self.folder / "logs" / "calls.ndjson"

    @property
    def aws_config(self) -> Path:
        """The AWS configuration file with a profile for each role."""
        return self.folder / "aws-config"

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"
