"""The target of a deployment: the account of the caller's credentials, or the engines on this machine."""

import os
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
from infra.version import version

SIGN_IN = "Sign in to AWS first, or set AWS_PROFILE to a profile."


class Target:
    """One stage, and the clients for its account."""

    def __init__(self, stage: str) -> None:
        self.stage: Settings = settings_of(stage)
        self.engines = LocalSettings.for_deployment() if stage == LOCAL_STAGE else None
        if self.engines:
            use_in_this_process(stack_variables(self.engines))
        elif "AWS_REGION" in os.environ:
            # Only boto3 reads another name: https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
            os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"]
        try:
            self.session = boto3.Session()
        except BotoCoreError as error:
            raise DeploymentError(f"{error}. {SIGN_IN}") from error
        if not self.session.region_name:
            raise DeploymentError("No region: set AWS_REGION, or a profile that names one.")

    def start_engines(self) -> None:
        """Starts the engines of a stage on this machine. They run until the stage is destroyed."""
        if self.engines:
            control.up(self.engines, "engines")

    def stop_engines(self) -> None:
        """Stops the engines and deletes their state."""
        if self.engines:
            control.reset(self.engines)

    def check_account(self) -> str:
        """The account's id. Raises DeploymentError if AWS refuses the credentials or can't be reached."""
        try:
            return str(self.session.client("sts").get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            hint = "`make deploy STAGE=local` starts the engines." if self.engines else SIGN_IN
            raise DeploymentError(f"AWS refuses these credentials or can't be reached ({error}). {hint}") from error

    @cached_property
    def stacks(self) -> Deployment:
        self.check_account()
        return Deployment(self.session, synthesise(self.stage.stage))

    def zappa(self) -> Zappa:
        return Zappa(self.stage, self.session, self._outputs("API_ROLE_ARN"), version())

    def variables(self) -> dict[str, str]:
        """The environment variables that a command or a shell needs to use the stage."""
        outputs = self._outputs("HTTP_API_URL")
        common = stack_variables(self.engines) if self.engines else {}
        return {
            "DJANGO_SECRET_KEY": "a command signs nothing",  # nosec B105 (no key)
            **common,
            "REGION": self.session.region_name,
            "AWS_DEFAULT_REGION": self.session.region_name,
            "ENVIRONMENT": self.stage.stage,
            "VERSION": version(),
            "ALLOWED_HOSTS": self.stage.allowed_hosts,
            **outputs,
            "API_ENDPOINT": self.engines.api_url if self.engines else outputs["HTTP_API_URL"],
        }

    def write_environment(self) -> Path | None:
        """Writes the engines' `env` file for a shell. None on AWS, where the caller's credentials suffice."""
        if self.engines is None:
            return None
        write_env_file(self.engines, self.variables())
        return self.engines.env_file

    def _outputs(self, needed: str) -> dict[str, str]:
        """The stacks' outputs. Raises DeploymentError if the needed one is missing."""
        outputs = self.stacks.outputs()
        if needed not in outputs:
            raise DeploymentError(
                f"The stage is not deployed, or only in part. Run `make deploy STAGE={self.stage.stage}`."
            )
        return outputs
