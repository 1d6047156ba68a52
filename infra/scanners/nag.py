"""cdk-nag's AwsSolutions at every synthesis: what is neither compliant nor accepted stops it."""

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

# In the cloud assembly: what was found and accepted.
RECORD = "cdk-nag.json"


def watch(app: App) -> None:
    """Adds the checks to the app's synthesis."""
    Validations.of(app).add_plugins(AcceptingChecks(app))


def found(assembly: Path) -> list[Finding]:
    """What cdk-nag found in an assembly, all of it accepted."""
    return [Finding(**entry) for entry in json.loads((assembly / RECORD).read_text())]


@jsii.implements(IPolicyValidationPlugin)
class AcceptingChecks:
    """AwsSolutions' checks, with what CDK_NAG accepts acknowledged.

    cdk-nag names a right with a wildcard by its resource, and takes no pattern of such names. They are known only when
    references between stacks are resolved, which they are once the plugins run.
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
