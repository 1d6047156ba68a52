"""The API's Lambda package: a project folder and a minimal environment for Zappa to zip, and the post-processing.

Zappa dates every file 1980, so Python rejects ordinary bytecode and compiles everything at each cold start. The package
therefore contains unchecked bytecode (PEP 552) instead of every module's source.
"""

import ast
import fnmatch
import marshal
import shutil
import sys
import zipfile
from dataclasses import dataclass
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path

from infra.config import Settings
from infra.deployment import DeploymentError
from infra.packaging import (
    BUILD,
    ROOT,
    RUNTIME_PROVIDES,
    build_once,
    copy_package,
    install,
    lambda_platform,
    names_in,
    without_packages,
)

PACKAGES = ("todo_project", "tasks")
# Zappa, and the requirements of Zappa that run inside the function.
ZAPPA_RUNTIME = {"zappa", "werkzeug", "markupsafe", "durationpy"}
# Requirements of the API that only writing the OpenAPI document or compiling cryptography needs.
UNUSED_REQUIREMENTS = {
    "drf-spectacular",
    "inflection",
    "pyyaml",
    "uritemplate",
    "jsonschema",
    "jsonschema-specifications",
    "referencing",
    "rpds-py",
    "attrs",
    "pycparser",
    "typing-extensions",
}
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# What runs in an account; an emulator runs the function on this machine's Python.
FUNCTION_PYTHON = "3.11"
FUNCTION_FOLDER = "/var/task"
# PEP 552: the flags of a bytecode file with a hash that Python doesn't check.
UNCHECKED = (0b01).to_bytes(4, "little")
DOCUMENTED_NODES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Folders and files of the libraries that no request uses.
UNUSED_FILES = (
    "bin",
    "cffi",
    "*/LC_MESSAGES",
    "*/migrations",
    "*/testing",
    "*/tests",
    "*.dist-info/METADATA",
    "*.dist-info/RECORD",
    "django/conf/*_template",
    "django/conf/locale/[a-df-z]*",
    "django/conf/locale/e[!n]",
    "django/conf/locale/es_*",
    "django/contrib/admin*/static",
    "django/contrib/admin*/templates",
    "django/contrib/auth/common-passwords.txt.gz",
    "django/contrib/auth/[afhmvp]*.py",
    "django/contrib/contenttypes",
    "django/contrib/flatpages",
    "django/contrib/gis",
    "django/contrib/humanize",
    "django/contrib/postgres",
    "django/contrib/redirects",
    "django/contrib/sessions",
    "django/contrib/sitemaps",
    "django/contrib/sites",
    "django/contrib/syndication",
    "django/core/management/commands",
    "django/db/backends/mysql",
    "django/db/backends/oracle",
    "django/db/backends/postgresql",
    "django/db/backends/sqlite3",
    "django/test",
    "drf_spectacular_sidecar/static/*/swagger-ui-dist/*-es-bundle*",
    "rest_framework/static/rest_framework/docs",
    "rest_framework/templates/rest_framework/docs",
    "werkzeug/debug",
    # Compiled versions of modules that also exist in Python.
    "charset_normalizer/*.so",
    "*__mypyc.*.so",
    "tzdata/zoneinfo/*.tab",
    "tzdata/zoneinfo/leapseconds",
    "tzdata/zoneinfo/tzdata.zi",
    "zappa/cli.py",
    "zappa/core.py",
    "zappa/letsencrypt.py",
    "drf_spectacular_sidecar/static/*/swagger-ui-dist/swagger-ui-standalone-preset.js",
    "*/fonts/*.eot",
    "*/fonts/*.svg",
    "*/fonts/*.ttf",
    "*.c",
    "*.h",
    "*.map",
    "*.md",
    "*.pxd",
    "*.pyi",
    "*.pyx",
)
# Files that Zappa adds: build information, and a copy of its handler that `lambda_handler` doesn't use.
DROPPED_FILES = {"package_info.json", "handler.py"}
EPOCH = (1980, 1, 1, 0, 0, 0)


def check_python(stage: Settings, version: str = PYTHON_VERSION) -> None:
    """Raises DeploymentError if this Python would package libraries that the function's runtime can't load."""
    if not stage.emulated and version != FUNCTION_PYTHON:
        raise DeploymentError(
            f"The API's function runs on Python {FUNCTION_PYTHON}, but this environment has Python {version}. "
            f"Remove .venv, and run `make deploy PYTHON=python{FUNCTION_PYTHON} STAGE={stage.stage}`."
        )


@dataclass(frozen=True)
class ApiPackage:
    """project: the folder that Zappa runs in. environment: the virtual environment that it also zips."""

    project: Path
    environment: Path

    @property
    def site_packages(self) -> Path:
        return self.environment / "lib" / f"python{PYTHON_VERSION}" / "site-packages"


def build(folder: Path = BUILD / "api") -> ApiPackage:
    """Builds both folders from the current sources and lock. Reinstalls the libraries only if the lock changed."""
    package = ApiPackage(folder / "project", folder / "environment")
    lock = (ROOT / "requirements" / "deploy.txt").read_text()

    def install_libraries() -> None:
        install(function_lock(lock), package.site_packages, lambda_platform(PYTHON_VERSION))
        _strip(package.site_packages)
        _compile(package.site_packages, documented=False)

    build_once(folder, lock + Path(__file__).read_text() + PYTHON_VERSION, install_libraries)
    shutil.rmtree(package.project, ignore_errors=True)
    for name in PACKAGES:
        copy_package(name, package.project)
    _compile(package.project, documented=True)
    return package


def finish(archive: Path) -> None:
    """Rewrites Zappa's zip so that it depends on its content only, with bytecode for the modules that Zappa adds."""
    with zipfile.ZipFile(archive) as made:
        content = {name: made.read(name) for name in made.namelist() if name not in DROPPED_FILES}
    for name in [name for name in content if name.endswith(".py")]:
        source = content.pop(name)
        # Zappa adds an empty __init__.py to packages without source files.
        if f"{name}c" not in content:
            content[f"{name}c"] = bytecode(source, name)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as finished:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            finished.writestr(entry, content[name], zipfile.ZIP_DEFLATED)


def function_lock(lock: str) -> str:
    """The part of deploy's lock that goes into the zip."""
    api = names_in((ROOT / "requirements" / "api.txt").read_text())
    operator_only = names_in(lock) - api - ZAPPA_RUNTIME
    return without_packages(lock, RUNTIME_PROVIDES | operator_only | UNUSED_REQUIREMENTS)


def _strip(site_packages: Path) -> None:
    for path in sorted(site_packages.rglob("*")):
        relative = path.relative_to(site_packages).as_posix()
        if path.exists() and any(fnmatch.fnmatch(relative, pattern) for pattern in UNUSED_FILES):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _compile(folder: Path, *, documented: bool) -> None:
    """Replaces the sources with bytecode."""
    for source in sorted(folder.rglob("*.py")):
        name = source.relative_to(folder).as_posix()
        source.with_suffix(".pyc").write_bytes(bytecode(source.read_bytes(), name, documented=documented))
        source.unlink()


def bytecode(source: bytes, name: str, *, documented: bool = True) -> bytes:
    """The content of a module's .pyc file, as bytecode that Python never compares with its source.

    documented: whether to keep docstrings. The browsable API shows those of views; those of libraries are a tenth of
    the zip.
    """
    tree = ast.parse(source)
    if not documented:
        _drop_docstrings(tree)
    code = compile(tree, f"{FUNCTION_FOLDER}/{name}", "exec", dont_inherit=True)
    # marshal's output depends on the reference counts of constants; a round trip makes it deterministic.
    normalized = marshal.loads(marshal.dumps(code))  # noqa: S302  # nosec B302 (our own bytes)
    return MAGIC_NUMBER + UNCHECKED + source_hash(source) + marshal.dumps(normalized)


def _drop_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED_NODES) and ast.get_docstring(node, clean=False) is not None:
            node.body[:1] = [] if node.body[1:] else [ast.copy_location(ast.Pass(), node.body[0])]
