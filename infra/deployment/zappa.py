"""Runs Zappa's command line in a folder that holds only what it zips."""

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import boto3

from infra.config import Settings
from infra.deployment import DeploymentError, api_package
from infra.deployment.api_package import PYTHON_VERSION, ApiPackage, check_python
from infra.packaging import ROOT

SETTINGS_FILE = "zappa_settings.json"
ARCHIVE = "api.zip"
# The stacks' outputs that become the function's environment variables.
FUNCTION_OUTPUTS = (
    "TABLE_NAME",
    "USER_POOL_ID",
    "CLIENT_ID",
    "USER_KEY_SECRET_ID",
    "LAKE_BUCKET",
    "SILVER_DATABASE",
    "STAGING_DATABASE",
    "GOLD_DATABASE",
    "ATHENA_WORKGROUP",
)


class ZappaRun(Protocol):
    """The object that Zappa passes to its callbacks."""

    zip_path: str


def finish_zip(run: ZappaRun) -> None:
    """Zappa's callback after any of its commands has made the zip."""
    api_package.finish(Path(run.zip_path))


def zipped(folder: Path) -> Path:
    """The function's zip, as Zappa makes it from the current sources, without a stage's own settings."""
    package = api_package.build(folder)
    stage = json.loads((ROOT / SETTINGS_FILE).read_text())
    own = {**stage[stage["local"].pop("extends")], **stage["local"], "aws_region": "us-east-1", "s3_bucket": "none"}
    (package.project / SETTINGS_FILE).write_text(json.dumps({"local": own}))
    _zappa(package, "package", "local", "--output", ARCHIVE, quiet=True)
    return package.project / ARCHIVE


def _zappa(package: ApiPackage, *arguments: str, quiet: bool = False, **environment: str) -> None:
    """Runs a Zappa command and shows its output. Raises DeploymentError if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.deployment.zappa_command", *arguments],
        cwd=package.project,
        env={**os.environ, "VIRTUAL_ENV": str(package.environment), "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DeploymentError(f"`zappa {' '.join(arguments)}` failed.\n{done.stdout or ''}".strip())


@dataclass(frozen=True)
class Zappa:
    """The API's function of one stage. outputs: the stacks' outputs as environment variables."""

    stage: Settings
    session: boto3.Session
    outputs: Mapping[str, str]
    version: str

    def prepare(self) -> ApiPackage:
        """Builds the folder and its settings, so that any Zappa command can run there. Raises DeploymentError."""
        check_python(self.stage)
        package = api_package.build()
        file = package.project / SETTINGS_FILE
        file.touch(mode=0o600)
        file.write_text(json.dumps({self.stage.stage: self.filled_settings()}, indent=2, sort_keys=True))
        return package

    def filled_settings(self) -> dict[str, Any]:
        """The stage's committed settings, completed with values of the deployed stacks."""
        written = json.loads((ROOT / SETTINGS_FILE).read_text())
        own = written[self.stage.stage]
        account = self.session.client("sts").get_caller_identity()["Account"]
        return {
            **written[own.pop("extends")],
            **own,
            "aws_region": self.session.region_name,
            "runtime": f"python{PYTHON_VERSION}",
            "s3_bucket": f"cdk-hnb659fds-assets-{account}-{self.session.region_name}",
            "role_arn": self.outputs["API_ROLE_ARN"],
            "aws_environment_variables": self.environment(),
            "tags": self.stage.tags(),
        }

    def environment(self) -> dict[str, str]:
        """The function's environment variables."""
        secret = self.session.client("secretsmanager").get_secret_value(SecretId=self.outputs["DJANGO_SECRET_ID"])
        return {
            **{name: self.outputs[name] for name in FUNCTION_OUTPUTS},
            "INSTANTIATE_LAMBDA_HANDLER_ON_IMPORT": "True",
            "REGION": self.session.region_name,
            "ENVIRONMENT": self.stage.stage,
            "VERSION": self.version,
            "DJANGO_SECRET_KEY": secret["SecretString"],
            "ALLOWED_HOSTS": self.stage.allowed_hosts,
        }

    def run(self, package: ApiPackage, *arguments: str, quiet: bool = False) -> None:
        """Runs a Zappa command and shows its output. Raises DeploymentError if it fails."""
        _zappa(package, *arguments, quiet=quiet, AWS_DEFAULT_REGION=self.session.region_name)

    def command(self, command: str, *rest: str) -> None:
        """Runs an operator's Zappa command. Raises DeploymentError if it fails."""
        if command == "rollback":
            self._check_versions(*rest)
        self.run(self.prepare(), command, self.stage.stage, *rest)

    def _check_versions(self, *options: str) -> None:
        """Checks that there are enough versions, because Zappa itself fails with an IndexError."""
        parser = argparse.ArgumentParser(prog="rollback", add_help=False)
        parser.add_argument("-n", "--num-rollback", type=int, default=1)
        back = parser.parse_known_args(options)[0].num_rollback
        pages = self.session.client("lambda").get_paginator("list_versions_by_function")
        found = [one for page in pages.paginate(FunctionName=self.stage.api_function) for one in page["Versions"]]
        versions = [one for one in found if one["Version"] != "$LATEST"]
        if len(versions) <= back:
            raise DeploymentError(
                f"There is no version to roll back to: the function has {len(versions)} versions, including the "
                f"current one, and {back + 1} are needed. Check out the previous commit and run `make deploy`."
            )

    def deploy(self) -> str:
        """Creates or updates the function. Returns "created", "updated" or "unchanged"."""
        package = self.prepare()
        archive = package.project / ARCHIVE
        archive.unlink(missing_ok=True)
        self.run(package, "package", self.stage.stage, "--output", ARCHIVE, quiet=True)
        deployed = self.deployed()
        if deployed == self._wanted(archive):
            return "unchanged"
        command = "update" if deployed else "deploy"
        self.run(package, command, self.stage.stage, "--zip", ARCHIVE, quiet=True)
        # Zappa doesn't wait for the new configuration, and whoever calls the function next would meet the old one.
        self.session.client("lambda").get_waiter("function_updated_v2").wait(FunctionName=self.stage.api_function)
        return "updated" if deployed else "created"

    def undeploy(self) -> bool:
        """Deletes the function. Returns whether it existed."""
        if self.deployed() is None:
            return False
        self.run(self.prepare(), "undeploy", self.stage.stage, "--yes", quiet=True)
        return True

    def deployed(self) -> dict[str, Any] | None:
        """The deployed code's digest and the configuration that Zappa sets; None if there is no function."""
        functions = self.session.client("lambda")
        try:
            found = functions.get_function_configuration(FunctionName=self.stage.api_function)
        except functions.exceptions.ResourceNotFoundException:
            return None
        return {
            "code": found["CodeSha256"],
            "role": found["Role"],
            "runtime": found["Runtime"],
            "memory": found["MemorySize"],
            "timeout": found["Timeout"],
            "environment": found.get("Environment", {}).get("Variables", {}),
        }

    def _wanted(self, archive: Path) -> dict[str, Any]:
        settings = self.filled_settings()
        return {
            "code": base64.b64encode(hashlib.sha256(archive.read_bytes()).digest()).decode(),
            "role": settings["role_arn"],
            "runtime": settings["runtime"],
            "memory": settings["memory_size"],
            "timeout": settings["timeout_seconds"],
            "environment": settings["aws_environment_variables"],
        }
