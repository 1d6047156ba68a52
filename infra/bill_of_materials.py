"""`python -m infra.bill_of_materials FOLDER`: writes a CycloneDX document and a table of licences for each zip."""

import json
import subprocess
import sys
from pathlib import Path

from infra.deployment.api_package import function_lock
from infra.packaging import ROOT, RUNTIME_PROVIDES, names_in, without_packages


def locks() -> dict[str, str]:
    """The lock of each zip, without the packages that its runtime provides."""
    requirements = ROOT / "requirements"
    return {
        "api": function_lock((requirements / "deploy.txt").read_text()),
        "cdc": without_packages((requirements / "cdc.txt").read_text(), RUNTIME_PROVIDES),
    }


def licences(names: set[str]) -> dict[str, str]:
    """The licence that each package states; the packages must be installed here."""
    report = _run("pip-licenses", "--from=mixed", "--format=json")
    known = {found["Name"].lower().replace("_", "-"): found["License"] for found in json.loads(report)}
    return {name: known[name] for name in sorted(names)}


def write(folder: Path) -> list[Path]:
    """Writes the documents and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for zip_name, lock in locks().items():
        pinned = folder / f"{zip_name}.txt"
        pinned.write_text(lock)
        bill = folder / f"{zip_name}.cdx.json"
        _run("cyclonedx-py", "requirements", str(pinned), "--output-file", str(bill))
        table = folder / f"{zip_name}-licences.md"
        rows = [f"| {name} | {licence} |" for name, licence in licences(names_in(lock)).items()]
        table.write_text("\n".join(["| package | licence |", "|---|---|", *rows, ""]))
        written += [bill, table]
    return written


def _run(program: str, *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    for file in write(Path(sys.argv[1])):
        print(file)
