"""Where a stage goes: the account and region of the caller's credentials, or the engines on this machine."""

import os
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.config import Settings, settings_of
from infra.deployment import DeploymentError
from infra.deployment.cloudformation import Deployment, synthesise
from infra.deployment.zappa import Zappa
from infra.local import control
from infra.local.environment import stack_variables, use_in_this_process, write_env_file
from infra.local.settings import STAGE as LOCAL_STAGE
from infra.local.settings import LocalSettings
from infra.packaging import ROOT


class Target:
    """One stage, and the clients that reach its account."""

    def __init__(self, stage: str) -> None:
        self.stage: Settings = settings_of(stage)
        self.engines = LocalSettings.of_deployment() if stage == LOCAL_STAGE else None
        if self.engines:
            use_in_this_process(stack_variables(self.engines))
        self.session = boto3.Session()
        if not self.session.region_name:
            raise DeploymentError("No region: set AWS_REGION, or a profile that names one.")

    def start_engines(self) -> None:
        """On this machine only; they run until the stage is destroyed."""
        if self.engines:
            control.up(self.engines, "engines")

    def stop_engines(self) -> None:
        """Stops them and forgets their state."""
        if self.engines:
            control.reset(self.engines)

    def check_account(self) -> str:
        """The account's id. Raises DeploymentError when nobody answers for the credentials."""
        try:
            return str(self.session.client("sts").get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            hint = "`make deploy STAGE=local` starts the engines." if self.engines else "Sign in to AWS first."
            raise DeploymentError(f"AWS does not answer for these credentials ({error}). {hint}") from error

    @cached_property
    def stacks(self) -> Deployment:
        return Deployment(self.session, synthesise(self.stage.stage))

    def zappa(self) -> Zappa:
        outputs = self.stacks.outputs()
        if "API_ROLE_ARN" not in outputs:
            raise DeploymentError(f"Nothing is deployed yet: `make deploy STAGE={self.stage.stage}`.")
        return Zappa(self.stage, self.session, outputs, version())

    def variables(self) -> dict[str, str]:
        """Everything a command or a shell needs to use the stage, as environment variables."""
        outputs = self.stacks.outputs()
        common = stack_variables(self.engines) if self.engines else {}
        return {
            **common,
            "REGION": self.session.region_name,
            "AWS_DEFAULT_REGION": self.session.region_name,
            "ENVIRONMENT": self.stage.stage,
            "VERSION": version(),
            "ALLOWED_HOSTS": self.stage.allowed_hosts,
            **outputs,
            "API_ENDPOINT": self._endpoint(outputs),
        }

    def write_environment(self) -> Path | None:
        """`env` beside the engines, for a shell; None where the caller's own credentials lead to the account."""
        if self.engines is None:
            return None
        write_env_file(self.engines, self.variables())
        return self.engines.env_file

    def _endpoint(self, outputs: Mapping[str, str]) -> str:
        """Where the API answers. The emulator serves it under a path too, as host names of its kind resolve nowhere."""
        emulated = os.environ.get("AWS_ENDPOINT_URL")
        if emulated:
            return f"{emulated.rstrip('/')}/_aws/execute-api/{outputs['HTTP_API_ID']}"
        return outputs["HTTP_API_URL"]


def version() -> str:
    """The product's."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
