"""`python -m infra.scanners`: runs all four scanners over all stages; fails on any finding that is not accepted."""

import sys
from collections.abc import Iterator
from pathlib import Path

from infra.config import STAGES
from infra.deployment import DeploymentError
from infra.deployment.cloudformation import synthesise
from infra.scanners import nag, runs
from infra.scanners.accepted import CHECKOV, covering


def main() -> int:
    problems = 0
    try:
        for text in complaints():
            print(text)
            problems += 1
    except (DeploymentError, runs.ScannerError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{problems} findings that are not accepted." if problems else "No findings except accepted ones.")
    return 1 if problems else 0


def complaints() -> Iterator[str]:
    """Findings that are not accepted; prints what it scans. Synthesis runs cdk-nag and fails on its findings."""
    if report := runs.bandit():
        yield report
    for stage in STAGES:
        assembly = synthesise(stage)
        templates = templates_of(assembly)
        print(f"{stage}: {len(templates)} templates, {len(nag.found(assembly))} accepted findings of cdk-nag")
        if report := runs.cfn_lint(templates):
            yield report
        for finding in runs.checkov(templates):
            if covering(finding, CHECKOV) is None:
                yield f"{finding.rule} {finding.resource}"


def templates_of(assembly: Path) -> list[Path]:
    return sorted(assembly.glob("*.template.json"))


if __name__ == "__main__":
    sys.exit(main())
