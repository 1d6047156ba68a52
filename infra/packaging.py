"""Builds the folders that CDK zips for Lambda and Glue, from the sources and the locked requirements.

The zips contain no boto3, because the runtimes of Lambda and Glue provide it.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD_DIR", ROOT / ".local" / "build"))
CONTRACT = Path("cdc_lambda", "contract")
LAMBDAS_PYTHON = "3.11"
RUNTIME_PROVIDES = {"boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"}


def cdc_folder(*, emulated: bool) -> Path:
    """The CDC Lambda's content: the package and its dependencies.

    Some dependencies are compiled. emulated: install them for this machine's Python, which the emulator uses.
    """
    folder = BUILD / ("cdc-here" if emulated else "cdc")
    lock = without_packages((ROOT / "requirements" / "cdc.txt").read_text(), RUNTIME_PROVIDES)
    platform = ("--python", sys.executable) if emulated else lambda_platform(LAMBDAS_PYTHON)
    inputs = [lock, *platform, sys.version, sysconfig.get_platform()]
    build_once(folder, "".join(inputs), lambda: install(lock, folder, platform))
    copy_package("cdc_lambda", folder)
    return folder


def build_once(folder: Path, built_from: str, build: Callable[[], object]) -> None:
    """Calls `build` for a new folder, unless it was built from the same text. Keeps the text's digest beside it."""
    stamp = folder.with_name(f"{folder.name}.lock-digest")
    digest = hashlib.sha256(built_from.encode()).hexdigest()
    if folder.exists() and stamp.exists() and stamp.read_text() == digest:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    build()
    stamp.write_text(digest)


def glue_folder() -> Path:
    """The modules of the Glue job's script (its --extra-py-files), and the contract that it reads."""
    folder = BUILD / "glue"
    shutil.rmtree(folder, ignore_errors=True)
    for package in ("glue/job", "glue/lake"):
        copy_package(package, folder)
    shutil.copy(ROOT / "glue" / "__init__.py", folder / "glue" / "__init__.py")
    shutil.copytree(ROOT / CONTRACT, folder / CONTRACT, ignore=shutil.ignore_patterns("samples"))
    # Python imports a zip's folder as a package only with this file.
    shutil.copy(ROOT / "cdc_lambda" / "__init__.py", folder / "cdc_lambda" / "__init__.py")
    return folder


def pipeline_folder() -> Path:
    """The source of the pipeline's builds: the dbt project and the management commands."""
    folder = BUILD / "pipeline"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package in ("analytics_dbt", "cdc_lambda", "glue", "tasks", "todo_project"):
        copy_package(package, folder)
    shutil.copy(ROOT / "manage.py", folder / "manage.py")
    locks = [(ROOT / "requirements" / f"{name}.txt").read_text() for name in ("analytics", "api", "cdc")]
    (folder / "requirements.txt").write_text(merged(locks))
    return folder


def copy_package(package: str, folder: Path) -> None:
    shutil.rmtree(folder / package, ignore_errors=True)
    shutil.copytree(
        ROOT / package,
        folder / package,
        ignore=shutil.ignore_patterns("__pycache__", "samples", "*.pyc", "target", "logs"),
    )


def lambda_platform(python_version: str) -> tuple[str, ...]:
    """uv's options for Lambda's platform."""
    return "--python-version", python_version, "--python-platform", "x86_64-manylinux2014"


def install(lock: str, folder: Path, platform: tuple[str, ...]) -> None:
    """Installs a lock's packages for a platform, from wheels only."""
    folder.mkdir(parents=True)
    wanted = folder.with_suffix(".txt")
    wanted.write_text(lock)
    subprocess.run(
        [
            sys.executable, "-m", "uv", "pip", "install", "--quiet", "--system-certs", "--require-hashes",
            "--no-deps", "--only-binary", ":all:", *platform, "--target", str(folder), "-r", str(wanted),
        ],
        check=True,
    )  # fmt: skip


def names_in(lock: str) -> set[str]:
    """The packages that a lock pins."""
    return set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))


def merged(locks: list[str]) -> str:
    """Merges locks with the same pins into one that lists each package once."""
    known: set[str] = set()
    texts = []
    for lock in locks:
        texts.append(without_packages(lock, known))
        known |= names_in(lock)
    return "".join(texts)


def without_packages(lock: str, excluded: Collection[str]) -> str:
    """The lock without the entries (a line and its indented hashes) of these packages."""
    kept, keep = [], True
    for line in lock.splitlines():
        if line and not line[0].isspace():
            keep = line.split("==")[0] not in excluded
        if keep:
            kept.append(line)
    return "\n".join(kept) + "\n"
