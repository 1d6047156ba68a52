"""The API's zip: small, and with nothing left to compile when a function starts."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from infra.config import settings_of
from infra.deployment import api_package
from infra.deployment.zappa import FUNCTION_OUTPUTS, zipped
from infra.packaging import ROOT
from tests.conftest import KEY_SERVER

PROVIDED = ("boto3", "botocore", "s3transfer", "urllib3", "dateutil", "jmespath")

# Runs in a Python of its own that finds the unzipped package and the packages that Lambda's runtime provides.
SERVE = """
import importlib.machinery, json, sys
compiled = []
of_source = importlib.machinery.SourceFileLoader.source_to_code
def noting(self, data, path, **options):
    compiled.append(path)
    return of_source(self, data, path, **options)
importlib.machinery.SourceFileLoader.source_to_code = noting
from todo_project.function import handler

def get(path, **headers):
    return handler({
        "version": "2.0", "rawPath": path, "rawQueryString": "", "headers": {"host": "api.test", **headers},
        "requestContext": {"stage": "$default", "http": {"method": "GET"}},
    }, None)

answers = {path: get(path, accept="text/html") for path in (
    "/health", "/api/v1/tasks", "/docs", "/redoc", "/openapi.json", "/login", "/dashboard",
    "/static/tasks/dashboard.css",
)}
ours = [path for path in compiled if path.startswith(sys.argv[1])]
print(json.dumps({"statuses": {path: answer["statusCode"] for path, answer in answers.items()}, "compiled": ours}))
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip that Zappa makes of the package, finished."""
    return zipped(tmp_path_factory.mktemp("package") / "api")


def test_zip_is_small_and_leaves_out_what_the_runtime_brings(archive: Path) -> None:
    assert archive.stat().st_size <= 10 * 2**20
    with zipfile.ZipFile(archive) as content:
        tops = {name.split("/")[0] for name in content.namelist()}
    assert tops.isdisjoint(PROVIDED)
    assert {"todo_project", "tasks", "django", "zappa"} <= tops


def test_every_module_is_bytecode_that_is_never_checked(archive: Path) -> None:
    with zipfile.ZipFile(archive) as content:
        names = content.namelist()
        assert [name for name in names if name.endswith(".py")] == []
        modules = [name for name in names if name.endswith(".pyc")]
        heads = {content.read(name)[:8] for name in modules}
    assert len(modules) > 500
    assert heads == {MAGIC_NUMBER + (1).to_bytes(4, "little")}


def test_unzipped_package_serves_and_compiles_nothing(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as content:
        content.extractall(tmp_path / "task")
    provided = tmp_path / "provided"
    provided.mkdir()
    site_packages = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    for name in (*PROVIDED, "six.py"):
        (provided / name).symlink_to(site_packages / name)
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", SERVE, str(tmp_path / "task")],
        cwd=tmp_path / "task",
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": f"{tmp_path / 'task'}:{provided}",
            **{name: os.environ[name] for name in (*FUNCTION_OUTPUTS, "REGION", "ENVIRONMENT", "VERSION")},
            "DJANGO_SECRET_KEY": os.environ["DJANGO_SECRET_KEY"],
            "ALLOWED_HOSTS": "api.test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": KEY_SERVER.address,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["statuses"] == {
        "/health": 200,
        "/api/v1/tasks": 401,
        "/docs": 200,
        "/redoc": 200,
        "/openapi.json": 200,
        "/login": 200,
        "/dashboard": 302,
        "/static/tasks/dashboard.css": 200,
    }
    assert said["compiled"] == []


def test_same_sources_make_the_same_bytes(archive: Path) -> None:
    before = archive.read_bytes()
    api_package.finish(archive)
    assert archive.read_bytes() == before


@pytest.mark.parametrize("stage", ["local", "dev", "production"])
def test_zappa_names_the_function_as_the_stacks_do(stage: str) -> None:
    written = json.loads((ROOT / "zappa_settings.json").read_text())
    project = {**written[written[stage]["extends"]], **written[stage]}["project_name"]
    assert settings_of(stage).api_function == f"{project}-{stage}"
