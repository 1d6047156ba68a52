"""Synthesises the stacks and deploys them through CloudFormation, one after another."""

import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError

from infra.deployment import DeploymentError
from infra.packaging import ROOT

SOURCES = (
    "infra", "glue", "cdc_lambda", "tasks", "todo_project", "analytics_dbt", "manage.py",
    "requirements/infra.txt", "requirements/cdc.txt", "requirements/api.txt", "requirements/analytics.txt",
)  # fmt: skip
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LONGEST_TEMPLATE_BODY = 51_200
EPOCH = (1980, 1, 1, 0, 0, 0)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-describing-stacks.html
CREATION_FAILED = "ROLLBACK_COMPLETE"
NEVER_EXECUTED = "REVIEW_IN_PROGRESS"
POLL_SECONDS = 1.0
# Stacks that refer to the API's function, which exists only after Zappa made it.
AFTER_THE_FUNCTION = ("-edge", "-monitoring")


def sources_digest() -> str:
    """Identifies the templates that the current sources make."""
    digest = hashlib.sha256()
    for source in SOURCES:
        top = ROOT / source
        files = sorted(top.rglob("*")) if top.is_dir() else [top]
        for file in files:
            if file.is_file() and file.suffix != ".pyc" and file.parts[len(ROOT.parts) :][:2] != ("infra", "local"):
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def synthesise(stage: str) -> Path:
    """The cloud assembly of the current sources, built once for each state of them."""
    folder = ROOT / ".local" / "cdk.out" / f"{stage}-{sources_digest()}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as name:
        made = subprocess.run(
            [sys.executable, "-m", "infra.app", stage, name], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise DeploymentError(f"Synthesis of the stacks failed:\n{made.stderr.strip()}")
        try:
            Path(name).rename(folder)
        except OSError:
            if not folder.exists():
                raise
    return folder


class Deployment:
    """Deploys one cloud assembly with the session's credentials and endpoints."""

    def __init__(self, session: boto3.Session, assembly: Path) -> None:
        self.assembly = assembly
        self.cloudformation = session.client("cloudformation")
        self.s3 = session.client("s3")
        self.ssm = session.client("ssm")
        self.account = session.client("sts").get_caller_identity()["Account"]
        self.region = session.region_name

    def run(self, names: Iterable[str]) -> list[str]:
        """Creates or updates stack by stack, and returns the names of those that changed.

        Raises DeploymentError with CloudFormation's reason.
        """
        self._check_bootstrap()
        changed = []
        for name in names:
            self._upload_assets(name)
            if self._deploy(name):
                changed.append(name)
        return changed

    def delete(self, name: str) -> bool:
        """Deletes a stack, except for what it retains. Returns whether it existed."""
        if not self._settled_status(name):
            return False
        self.cloudformation.delete_stack(StackName=name)
        self._wait("stack_delete_complete", name)
        return True

    def stack_names(self) -> list[str]:
        """The stacks' names, each after those that it imports from."""
        stacks = self._artifacts()
        ordered: list[str] = []

        def visit(name: str) -> None:
            for dependency in stacks[name].get("dependencies", []):
                if dependency in stacks:
                    visit(dependency)
            if name not in ordered:
                ordered.append(name)

        for name in stacks:
            visit(name)
        return ordered

    def buckets(self, name: str) -> list[str]:
        """The names of a stack's buckets; none if it isn't deployed."""
        if not self._exists(name):
            return []
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        return [
            resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == "AWS::S3::Bucket" and "PhysicalResourceId" in resource
        ]

    def _artifacts(self) -> dict[str, Any]:
        """The assembly's stacks by name."""
        artifacts = json.loads((self.assembly / "manifest.json").read_text())["artifacts"]
        return {name: found for name, found in artifacts.items() if found["type"] == "aws:cloudformation:stack"}

    def outputs(self) -> dict[str, str]:
        """Every stack's outputs as environment variables: TableName is TABLE_NAME."""
        found = {}
        for name in filter(self._exists, self.stack_names()):
            for output in self.cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("Outputs", []):
                if not output.get("ExportName"):
                    found[_environment_name(output["OutputKey"])] = output["OutputValue"]
        return found

    def _check_bootstrap(self) -> None:
        try:
            self.ssm.get_parameter(Name=BOOTSTRAP_PARAMETER)
        except self.ssm.exceptions.ParameterNotFound:
            raise DeploymentError(
                f"Account {self.account} is not bootstrapped for CDK in {self.region}. Run once: "
                f"`npx aws-cdk@2 bootstrap aws://{self.account}/{self.region}`, then deploy again."
            ) from None

    def _upload_assets(self, stack: str) -> None:
        manifest = json.loads((self.assembly / f"{stack}.assets.json").read_text())
        for asset in manifest["files"].values():
            source = self.assembly / asset["source"]["path"]
            content = _zip(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
            for destination in asset["destinations"].values():
                bucket = self._resolve(destination["bucketName"])
                self.s3.put_object(Bucket=bucket, Key=destination["objectKey"], Body=content)

    def _resolve(self, text: str) -> str:
        return text.replace("${AWS::AccountId}", self.account).replace("${AWS::Region}", self.region)

    def _deploy(self, name: str) -> bool:
        properties = self._artifacts()[name]["properties"]
        request: dict[str, Any] = {
            "StackName": name,
            **self._template(name, properties["stackTemplateAssetObjectUrl"]),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "StackPolicyBody": self._policy(name),
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(properties.get("tags", {}).items())],
        }
        exists = self._can_be_updated(name)
        try:
            if exists:
                self.cloudformation.update_stack(**request)
            else:
                self.cloudformation.create_stack(**request)
        except ClientError as error:
            if "No updates" in str(error):
                return False
            raise DeploymentError(f"CloudFormation refused stack {name}: {error}") from error
        self._wait("stack_update_complete" if exists else "stack_create_complete", name)
        return True

    def _template(self, name: str, uploaded: str) -> dict[str, str]:
        """The template itself, or its uploaded copy if it is too long for a request."""
        body = (self.assembly / f"{name}.template.json").read_text()
        if len(body.encode()) <= LONGEST_TEMPLATE_BODY:
            return {"TemplateBody": body}
        bucket, _, key = self._resolve(uploaded).removeprefix("s3://").partition("/")
        return {"TemplateURL": f"https://s3.{self.region}.amazonaws.com/{bucket}/{key}"}

    def _policy(self, name: str) -> str:
        """A stack policy: no update may replace or delete what the template retains.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
        """
        template = json.loads((self.assembly / f"{name}.template.json").read_text())
        kept = [id_ for id_, found in template["Resources"].items() if found.get("UpdateReplacePolicy") == "Retain"]
        statements: list[dict[str, Any]] = [
            {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
        ]
        if kept:
            resources = [f"LogicalResourceId/{id_}" for id_ in kept]
            denied = ["Update:Replace", "Update:Delete"]
            statements.append({"Effect": "Deny", "Action": denied, "Principal": "*", "Resource": resources})
        return json.dumps({"Statement": statements})

    def _wait(self, state: str, name: str) -> None:
        try:
            self.cloudformation.get_waiter(state).wait(  # type: ignore[call-overload]
                StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 900}
            )
        except WaiterError as error:
            raise DeploymentError(f"Stack {name} failed: {self._reasons(name)}") from error

    def _exists(self, name: str) -> bool:
        return self._status(name) != ""

    def _status(self, name: str) -> str:
        """Empty if there is no such stack."""
        try:
            return self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError:
            return ""

    def _settled_status(self, name: str) -> str:
        """The status, after waiting for any operation that an interrupted deployment started."""
        while (status := self._status(name)).endswith("_IN_PROGRESS") and status != NEVER_EXECUTED:
            time.sleep(POLL_SECONDS)
        return status

    def _can_be_updated(self, name: str) -> bool:
        """Whether the stack exists. Deletes it first if its creation failed, because such a stack can't be updated."""
        status = self._settled_status(name)
        if status == CREATION_FAILED:
            self.delete(name)
        return status not in {"", CREATION_FAILED}

    def _reasons(self, name: str) -> str:
        events = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return "; ".join(
            f"{e['LogicalResourceId']}: {e['ResourceStatusReason']}"
            for e in events
            if e["ResourceStatus"].endswith("FAILED") and e.get("ResourceStatusReason")
        )


def _environment_name(output_key: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", output_key).upper()


def _zip(folder: Path) -> bytes:
    """The folder as a zip whose bytes depend only on its content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                entry = zipfile.ZipInfo(str(file.relative_to(folder)), EPOCH)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
