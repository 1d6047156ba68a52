"""Synthesises the stacks and deploys them through CloudFormation, as `cdk deploy` does on AWS."""

import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError

from infra.local.processes import StackError
from infra.packaging import ROOT

SOURCES = ("infra", "glue", "cdc_lambda", "requirements/infra.txt", "requirements/cdc.txt")
BOOTSTRAP_VERSION = "21"
EPOCH = (1980, 1, 1, 0, 0, 0)


def sources_digest() -> str:
    """Names the templates that the present sources make."""
    digest = hashlib.sha256()
    for source in SOURCES:
        top = ROOT / source
        files = sorted(top.rglob("*")) if top.is_dir() else [top]
        for file in files:
            if file.is_file() and file.suffix != ".pyc" and file.parts[len(ROOT.parts) :][:2] != ("infra", "local"):
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def synthesise(stage: str) -> Path:
    """The cloud assembly of the present sources; made once for each state of them, by whoever comes first."""
    folder = ROOT / ".local" / "cdk.out" / f"{stage}-{sources_digest()}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as name:
        made = subprocess.run(
            [sys.executable, "-m", "infra.app", stage, name], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise StackError(f"The stacks could not be synthesised:\n{made.stderr.strip()}")
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

    def run(self) -> None:
        """Deploys stack by stack; what is there already stays. Raises StackError with CloudFormation's reason."""
        self._bootstrap()
        for name in self.stack_names():
            self._upload_assets(name)
            self._deploy(name)

    def stack_names(self) -> list[str]:
        """In an order in which each stack comes after those it imports from."""
        artifacts = json.loads((self.assembly / "manifest.json").read_text())["artifacts"]
        stacks = {k: a for k, a in artifacts.items() if a["type"] == "aws:cloudformation:stack"}
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

    def outputs(self) -> dict[str, str]:
        """Every stack's outputs as environment variables: TableName is TABLE_NAME."""
        found = {}
        for name in self.stack_names():
            for output in self.cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("Outputs", []):
                if not output.get("ExportName"):
                    found[_environment_name(output["OutputKey"])] = output["OutputValue"]
        return found

    def _bootstrap(self) -> None:
        """What `cdk bootstrap` leaves in an account that the templates ask for."""
        self.ssm.put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value=BOOTSTRAP_VERSION, Type="String", Overwrite=True
        )

    def _upload_assets(self, stack: str) -> None:
        manifest = json.loads((self.assembly / f"{stack}.assets.json").read_text())
        for asset in manifest["files"].values():
            source = self.assembly / asset["source"]["path"]
            content = _zip(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
            for destination in asset["destinations"].values():
                bucket = self._resolve(destination["bucketName"])
                self._ensure_bucket(bucket)
                self.s3.put_object(Bucket=bucket, Key=destination["objectKey"], Body=content)

    def _ensure_bucket(self, bucket: str) -> None:
        try:
            self.s3.head_bucket(Bucket=bucket)
        except ClientError:
            self.s3.create_bucket(Bucket=bucket)

    def _resolve(self, text: str) -> str:
        return text.replace("${AWS::AccountId}", self.account).replace("${AWS::Region}", self.region)

    def _deploy(self, name: str) -> None:
        request: dict[str, Any] = {
            "StackName": name,
            "TemplateBody": (self.assembly / f"{name}.template.json").read_text(),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        }
        exists = self._exists(name)
        try:
            if exists:
                self.cloudformation.update_stack(**request)
            else:
                self.cloudformation.create_stack(**request)
        except ClientError as error:
            if "No updates" in str(error):
                return
            raise StackError(f"Stack {name} was refused: {error}") from error
        waiter = self.cloudformation.get_waiter("stack_update_complete" if exists else "stack_create_complete")
        try:
            waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
        except WaiterError as error:
            raise StackError(f"Stack {name} failed: {self._reasons(name)}") from error

    def _exists(self, name: str) -> bool:
        try:
            self.cloudformation.describe_stacks(StackName=name)
        except ClientError:
            return False
        return True

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
    """The folder as a zip whose bytes depend on its content alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                entry = zipfile.ZipInfo(str(file.relative_to(folder)), EPOCH)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
