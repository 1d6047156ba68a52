"""The folders that become zips, used as their runtimes use them: from the zip, and with nothing of ours beside it."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.packaging import ROOT, cdc_folder, glue_folder

# An ELF file's e_machine.
X86_64 = 62


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
        glue_folder(), tmp_path, "from glue.job import schemas; print(schemas.__file__, schemas.CHANGE_EVENTS[0])"
    )
    assert ".zip/glue/job/schemas.py" in said
    assert "'schema_version'" in said


def test_glue_script_finds_all_that_it_imports_in_the_zip(tmp_path: Path) -> None:
    script = shutil.copy(ROOT / "glue" / "job" / "silver.py", tmp_path / "silver.py")
    code = (
        f"import runpy, sys; runpy.run_path({str(script)!r})\n"
        "print(*{module.__file__ for name, module in sys.modules.items() if name.startswith('glue.')}, sep='\\n')"
    )
    files = run_from_zip(glue_folder(), tmp_path, code).splitlines()
    assert len(files) > 10
    assert [file for file in files if ".zip/glue/" not in file] == []


@pytest.mark.parametrize("left_out", ["boto3", "botocore", "urllib3"])
@pytest.mark.parametrize("emulated", [True, False])
def test_cdc_zip_leaves_out_what_the_runtime_brings(left_out: str, emulated: bool) -> None:
    assert not (cdc_folder(emulated=emulated) / left_out).exists()


@pytest.mark.parametrize("emulated", [True, False])
@pytest.mark.parametrize("name", ["aws_lambda_powertools", "jsonschema_rs", "msgspec", "cdc_lambda/handler.py"])
def test_cdc_zip_holds_what_the_runtime_lacks(name: str, emulated: bool) -> None:
    assert (cdc_folder(emulated=emulated) / name).exists()


def test_lambdas_cdc_zip_has_what_is_compiled_for_lambda() -> None:
    folder = cdc_folder(emulated=False)
    compiled = {path.relative_to(folder).parts[0]: path for path in folder.rglob("*.so")}
    assert set(compiled) == {"jsonschema_rs", "msgspec"}
    assert compiled["jsonschema_rs"].name.endswith(".abi3.so")
    assert compiled["msgspec"].name.endswith(".cpython-311-x86_64-linux-gnu.so")
    assert {path.read_bytes()[:20][18] for path in compiled.values()} == {X86_64}


def test_laptops_cdc_folder_runs_on_this_python() -> None:
    """With none of our environment's packages: what is compiled must be this Python's."""
    code = "from cdc_lambda import change_event; print(change_event.to_line({}))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(cdc_folder(emulated=True)), "PATH": "/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("b'{}\\n'\n", "")


def test_packages_are_small(tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "cdc"), "zip", cdc_folder(emulated=False))
    with zipfile.ZipFile(archive) as content:
        assert not [name for name in content.namelist() if name.endswith("samples/")]
    assert Path(archive).stat().st_size < 8 * 2**20
