"""The folders that become zips, used as their runtimes use them: from the zip, and with nothing of ours beside it."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.packaging import cdc_folder, glue_folder


def run_from_zip(folder: Path, tmp_path: Path, code: str) -> str:
    """What a program prints that finds our modules in the folder's zip alone."""
    archive = shutil.make_archive(str(tmp_path / folder.name), "zip", folder)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": archive, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_glue_modules_read_the_contract_from_their_zip(tmp_path: Path) -> None:
    said = run_from_zip(
        glue_folder(), tmp_path, "from glue import schemas; print(schemas.__file__, schemas.CHANGE_EVENTS[0])"
    )
    assert ".zip/glue/schemas.py" in said
    assert "'schema_version'" in said


@pytest.mark.parametrize("left_out", ["boto3", "botocore", "urllib3"])
def test_cdc_zip_leaves_out_what_the_runtime_brings(left_out: str) -> None:
    assert not (cdc_folder() / left_out).exists()


def test_cdc_zip_holds_what_the_runtime_lacks() -> None:
    folder = cdc_folder()
    assert [
        name
        for name in ("aws_lambda_powertools", "fastjsonschema", "cdc_lambda/handler.py")
        if (folder / name).exists()
    ] == [
        "aws_lambda_powertools",
        "fastjsonschema",
        "cdc_lambda/handler.py",
    ]


def test_packages_are_small(tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "cdc"), "zip", cdc_folder())
    with zipfile.ZipFile(archive) as content:
        assert not [name for name in content.namelist() if name.endswith("samples/")]
    assert Path(archive).stat().st_size < 4 * 2**20
