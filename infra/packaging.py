"""What Lambda and Glue get: folders that CDK zips, built from the sources and the locked requirements.

The zips hold no boto3: Lambda's and Glue's runtimes bring their own.
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


def cdc_folder(*, runs_here: bool) -> Path:
    """The CDC Lambda's content: the package and its dependencies beside it.

    Some of those are compiled: runs_here takes them for this Python and this machine, which the emulator runs it on.
    """
    folder = BUILD / ("cdc-here" if runs_here else "cdc")
    lock = without((ROOT / "requirements" / "cdc.txt").read_text(), RUNTIME_PROVIDES)
    platform = ("--python", sys.executable) if runs_here else lambda_platform(LAMBDAS_PYTHON)
    made_for = [lock, *platform, sys.version, sysconfig.get_platform()]
    make_once(folder, "".join(made_for), lambda: install(lock, folder, platform))
    copy_package("cdc_lambda", folder)
    return folder


def make_once(folder: Path, made_from: str, make: Callable[[], object]) -> None:
    """Calls `make` for a new folder, unless the folder was made from the same text. A digest of it lies beside."""
    stamp = folder.with_name(f"{folder.name}.lock-digest")
    digest = hashlib.sha256(made_from.encode()).hexdigest()
    if folder.exists() and stamp.exists() and stamp.read_text() == digest:
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    make()
    stamp.write_text(digest)


def glue_folder() -> Path:
    """What the Glue job's script imports (its --extra-py-files), and the contract that it reads."""
    folder = BUILD / "glue"
    shutil.rmtree(folder, ignore_errors=True)
    for package in ("glue/job", "glue/lake"):
        copy_package(package, folder)
    shutil.copy(ROOT / "glue" / "__init__.py", folder / "glue" / "__init__.py")
    shutil.copytree(ROOT / CONTRACT, folder / CONTRACT, ignore=shutil.ignore_patterns("samples"))
    # A zip's folders are packages only with this.
    shutil.copy(ROOT / "cdc_lambda" / "__init__.py", folder / "cdc_lambda" / "__init__.py")
    return folder


def pipeline_folder() -> Path:
    """What the pipeline's builds run: dbt's project and the commands of the first and the last step."""
    folder = BUILD / "pipeline"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package in ("analytics_dbt", "cdc_lambda", "glue", "tasks", "todo_project"):
        copy_package(package, folder)
    shutil.copy(ROOT / "manage.py", folder / "manage.py")
    locks = [(ROOT / "requirements" / f"{name}.txt").read_text() for name in ("analytics", "api", "cdc")]
    (folder / "requirements.txt").write_text(together(locks))
    return folder


def copy_package(package: str, folder: Path) -> None:
    shutil.rmtree(folder / package, ignore_errors=True)
    shutil.copytree(
        ROOT / package,
        folder / package,
        ignore=shutil.ignore_patterns("__pycache__", "samples", "*.pyc", "target", "logs"),
    )


def lambda_platform(python_version: str) -> tuple[str, ...]:
    """Lambda's, as uv's options say it."""
    return "--python-version", python_version, "--python-platform", "x86_64-manylinux2014"


def install(lock: str, folder: Path, platform: tuple[str, ...]) -> None:
    """Installs a lock's packages for a platform, wheels only."""
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
    """The packages that a lock's text pins."""
    return set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))


def together(locks: list[str]) -> str:
    """One lock of several that were compiled with the same pins: each package once."""
    known: set[str] = set()
    texts = []
    for lock in locks:
        texts.append(without(lock, known))
        known |= names_in(lock)
    return "".join(texts)


def without(lock: str, left_out: Collection[str]) -> str:
    """The lock's text without the entries (a line and its indented hashes) of these packages."""
    kept, keep = [], True
    for line in lock.splitlines():
        if line and not line[0].isspace():
            keep = line.split("==")[0] not in left_out
        if keep:
            kept.append(line)
    return "\n".join(kept) + "\n"
