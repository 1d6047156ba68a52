"""Where the local stack lives and listens; the environment overrides each default."""

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
    """What a person at the terminal calls a stack's parts by.

    ports: the variables that choose the emulator's, the Athena endpoint's and the API's. stop, forget: commands.
    """

    ports: tuple[str, str, str]
    stop: str
    forget: str


NAMES = Names(("EMULATOR_PORT", "ATHENA_PORT", "API_PORT"), "make down", "make reset")
NAMES_OF_DEPLOYMENT = Names(
    ("DEPLOYED_PORT", "DEPLOYED_ATHENA_PORT", "DEPLOYED_API_PORT"),
    f"make destroy STAGE={STAGE}",
    f"make destroy STAGE={STAGE}",
)


@dataclass(frozen=True)
class LocalSettings:
    """folder: all state of the stack. sample: whether a new stack gets demo users and a sample history.

    enforce_iam: whether the emulator refuses what a role may not, and the API runs under its role.
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
    def of_deployment(cls) -> "LocalSettings":
        """The engines that `STAGE=local` is deployed to: an account apart from that of `make run`."""
        beside = cls.from_environment()
        defaults = zip(NAMES_OF_DEPLOYMENT.ports, ("4576", "4577", "4578"), strict=True)
        emulator, athena, api = (int(os.environ.get(name, default)) for name, default in defaults)
        return replace(
            beside,
            folder=beside.folder / "deployed",
            emulator_port=emulator,
            athena_port=athena,
            api_port=api,
            sample=False,
        )

    def as_environment(self) -> dict[str, str]:
        """The variables by which another process finds the same settings."""
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
        """What the emulator keeps between two runs."""
        return self.folder / "state"

    @property
    def clean_mark(self) -> Path:
        """Is there exactly while the state was saved by a clean stop."""
        return self.folder / "stopped-cleanly"

    @property
    def sample_mark(self) -> Path:
        """Is there once this state has its sample history, or was started without one."""
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
        """Who called what, as far as IAM is enforced."""
        return self.folder / "logs" / "calls.ndjson"

    @property
    def aws_config(self) -> Path:
        """A profile for each role that a part of the stack runs under."""
        return self.folder / "aws-config"

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"
