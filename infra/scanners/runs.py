"""Runs each scanner over a cloud assembly or the code, and returns its findings."""

import json
import subprocess
import sys
from pathlib import Path

from infra.packaging import ROOT, build_once
from infra.scanners.accepted import Finding

FOLDER = Path(__file__).parent
LOCK = FOLDER / "checkov.txt"
# CDK makes a resource wait for a role's policy by a dependency on the role, which is redundant.
HARMLESS = "W3005"
BINARIES = Path(sys.executable).parent


class ScannerError(Exception):
    """A scanner could not run; the text says why and what to do."""


def cfn_lint(templates: list[Path]) -> str:
    """Its report; empty when it finds nothing."""
    options = ["--regions", "us-east-1", "--ignore-checks", HARMLESS, "--template"]
    return _report([str(BINARIES / "cfn-lint"), *options, *map(str, templates)])


def bandit(*targets: str) -> str:
    """Its report; empty when it finds nothing."""
    return _report(
        [str(BINARIES / "bandit"), "--quiet", "--recursive", "--configfile", "pyproject.toml", *(targets or ["."])]
    )


def checkov(templates: list[Path]) -> list[Finding]:
    """checkov's findings in the templates, accepted or not. Raises ScannerError if checkov can't run."""
    files = [argument for template in templates for argument in ("--file", str(template))]
    done = subprocess.run(
        [str(installed_checkov()), "--framework", "cloudformation", "--skip-download", "--output", "json", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report = json.loads(done.stdout)
        summary, results = report["summary"], report["results"]
    except (ValueError, TypeError, KeyError):
        raise ScannerError(f"checkov's report can't be read: {done.stdout[-500:]}{done.stderr[-500:]}") from None
    if summary["parsing_errors"] or not summary["resource_count"]:
        raise ScannerError(f"checkov did not read every template: {results['parsing_errors']}")
    return [Finding(failed["check_id"], failed["resource"]) for failed in results["failed_checks"]]


def installed_checkov(folder: Path = ROOT / ".local" / "scanners") -> Path:
    """The path of checkov, in its own environment, because its requirements conflict with the product's.

    Installs it on first use and when its lock changed, from the package index that pip uses.
    """
    build_once(folder, LOCK.read_text(), lambda: _install_checkov(folder))
    return folder / "bin" / "checkov"


def _install_checkov(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    done = subprocess.run(
        [
            sys.executable, "-m", "uv", "pip", "sync", "--quiet", "--system-certs", "--require-hashes",
            "--python", str(folder / "bin" / "python"), str(LOCK),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise ScannerError(
            f"checkov could not be installed into {folder}. The first run needs the package index (PyPI).\n"
            f"{done.stderr.strip()}"
        )


def _report(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() if done.returncode else ""
