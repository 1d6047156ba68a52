"""Runs cdk-nag's AwsSolutions at every synthesis, which fails on findings that are not accepted."""

import json
from pathlib import Path

import jsii
from aws_cdk import (
    Acknowledgment,
    App,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    Validations,
)
from cdk_nag import AwsSolutionsChecks

from infra.scanners.accepted import CDK_NAG, Finding, covering

# The file with the accepted findings in the cloud assembly.
RECORD = "cdk-nag.json"


def watch(app: App) -> None:
    """Adds the checks to the app's synthesis."""
    Validations.of(app).add_plugins(AcceptingChecks(app))


def found(assembly: Path) -> list[Finding]:
    """What cdk-nag found in an assembly, all of it accepted."""
    return [Finding(**entry) for entry in json.loads((assembly / RECORD).read_text())]


@jsii.implements(IPolicyValidationPlugin)
class AcceptingChecks:
    """AwsSolutions' checks, with the findings in CDK_NAG acknowledged.

    cdk-nag identifies a permission with a wildcard by its resource, and accepts no pattern for it. The resource is only
    known once references between stacks are resolved, which is before the plugins run.
    """

    def __init__(self, app: App) -> None:
        self.app, self.checks = app, AwsSolutionsChecks(app)

    @property
    def name(self) -> str:
        return self.checks.name

    @property
    def version(self) -> str | None:
        return self.checks.version

    @property
    def rule_ids(self) -> list[str] | None:
        return self.checks.rule_ids

    def validate(self, _context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        record: list[dict[str, str]] = []
        for violation in self.checks.validate_scope(self.app).violations:
            at = [Finding(violation.rule_name, place.construct_path or "") for place in violation.violating_resources]
            entries = [entry for finding in at if (entry := covering(finding, CDK_NAG))]
            if len(entries) == len(at):
                Validations.of(self.app).acknowledge(Acknowledgment(id=violation.rule_name, reason=entries[0].why))
                record += [vars(finding) for finding in at]
        Path(self.app.outdir, RECORD).write_text(json.dumps(record, indent=2))
        return self.checks.validate_scope(self.app)
