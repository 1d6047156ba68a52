"""The API's Lambda package: a project folder and a minimal environment for Zappa to zip, and the zip's finish.

Zappa stamps every file 1980, which makes Python distrust ordinary bytecode and compile everything at each cold start.
So the bytecode here is of the kind that is never checked (PEP 552), and stands in the place of every module's source.
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

from infra.packaging import (
    BUILD,
    ROOT,
    RUNTIME_PROVIDES,
    copy_package,
    install,
    lambda_platform,
    make_once,
    names_in,
    without,
)

PACKAGES = ("todo_project", "tasks")
# What of Zappa and of its own requirements runs inside the function.
ZAPPA_IN_THE_FUNCTION = {"zappa", "werkzeug", "markupsafe", "durationpy"}
# Of the API's requirements: what only writing the OpenAPI document or compiling cryptography asks for.
NOT_IN_THE_FUNCTION = {
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
FUNCTION_FOLDER = "/var/task"
# PEP 552: a bytecode file's flags for "has a hash, not to be checked".
NEVER_CHECKED = (0b01).to_bytes(4, "little")
DOCUMENTED_NODES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Folders and files of the libraries that no request reaches.
NOT_SERVED = (
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
    # Native twins of modules that are there in Python too.
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
# Of what Zappa adds: when and by whom the zip was made, and a copy of its handler that `lambda_handler` does not name.
NOT_KEPT = {"package_info.json", "handler.py"}
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class ApiPackage:
    """project: the folder Zappa runs in. environment: the virtual environment it zips beside it."""

    project: Path
    environment: Path

    @property
    def site_packages(self) -> Path:
        return self.environment / "lib" / f"python{PYTHON_VERSION}" / "site-packages"


def build(folder: Path = BUILD / "api") -> ApiPackage:
    """Both folders, made from the sources and the lock as they are now; the libraries only when the lock changed."""
    package = ApiPackage(folder / "project", folder / "environment")
    lock = (ROOT / "requirements" / "deploy.txt").read_text()

    def install_libraries() -> None:
        install(served(lock), package.site_packages, lambda_platform(PYTHON_VERSION))
        _strip(package.site_packages)
        _compile(package.site_packages, documented=False)

    make_once(folder, lock + Path(__file__).read_text() + PYTHON_VERSION, install_libraries)
    shutil.rmtree(package.project, ignore_errors=True)
    for name in PACKAGES:
        copy_package(name, package.project)
    _compile(package.project, documented=True)
    return package


def finish(archive: Path) -> None:
    """Makes Zappa's zip a function of its content alone, with bytecode for the modules that Zappa adds."""
    with zipfile.ZipFile(archive) as made:
        content = {name: made.read(name) for name in made.namelist() if name not in NOT_KEPT}
    for name in [name for name in content if name.endswith(".py")]:
        source = content.pop(name)
        # Zappa adds an empty one to each package, as it sees no source in it.
        if f"{name}c" not in content:
            content[f"{name}c"] = bytecode(source, name)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as finished:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            finished.writestr(entry, content[name], zipfile.ZIP_DEFLATED)


def served(lock: str) -> str:
    """Of deploy's lock, what goes into the zip."""
    api = names_in((ROOT / "requirements" / "api.txt").read_text())
    only_for_the_operator = names_in(lock) - api - ZAPPA_IN_THE_FUNCTION
    return without(lock, RUNTIME_PROVIDES | only_for_the_operator | NOT_IN_THE_FUNCTION)


def _strip(site_packages: Path) -> None:
    for path in sorted(site_packages.rglob("*")):
        relative = path.relative_to(site_packages).as_posix()
        if path.exists() and any(fnmatch.fnmatch(relative, pattern) for pattern in NOT_SERVED):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _compile(folder: Path, *, documented: bool) -> None:
    """Leaves bytecode in the place of the sources, which then need no room in the zip."""
    for source in sorted(folder.rglob("*.py")):
        name = source.relative_to(folder).as_posix()
        source.with_suffix(".pyc").write_bytes(bytecode(source.read_bytes(), name, documented=documented))
        source.unlink()


def bytecode(source: bytes, name: str, *, documented: bool = True) -> bytes:
    """A module as the content of its .pyc file, of the kind that Python never compares with a source.

    documented: whether docstrings stay. A view's are shown by the browsable API; a library's are a tenth of the zip.
    """
    tree = ast.parse(source)
    if not documented:
        _drop_docstrings(tree)
    code = compile(tree, f"{FUNCTION_FOLDER}/{name}", "exec", dont_inherit=True)
    # What marshal writes depends on how often each constant is referred to, which reading it back evens out.
    evened = marshal.loads(marshal.dumps(code))  # noqa: S302  # nosec B302 (our own bytes)
    return MAGIC_NUMBER + NEVER_CHECKED + source_hash(source) + marshal.dumps(evened)


def _drop_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED_NODES) and ast.get_docstring(node, clean=False) is not None:
            node.body[:1] = [] if node.body[1:] else [ast.copy_location(ast.Pass(), node.body[0])]
