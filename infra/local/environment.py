"""The environment variables of the local stack's processes and of a shell that uses it."""

import os
import secrets
import tomllib
from collections.abc import Mapping

from infra.local.settings import REGION, STAGE, LocalSettings
from infra.packaging import ROOT


def stack_variables(settings: LocalSettings) -> dict[str, str]:
    """The stack's variables that are known before anything is deployed.

    AWS_* are boto3's own names: only they tell a program where AWS is.
    """
    return {
        "AWS_ENDPOINT_URL": settings.emulator_url,
        "AWS_ENDPOINT_URL_ATHENA": settings.athena_url,
        "AWS_ENDPOINT_URL_GLUE": settings.athena_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # nosec B105 (the emulator accepts any)
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "REGION": REGION,
        "API_ENDPOINT": settings.api_url,
        "ENVIRONMENT": STAGE,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DJANGO_SECRET_KEY": _django_secret_key(settings),
        "VERSION": tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"],
        "LOCAL_DIR": str(settings.folder),
    }


def process_environment(variables: dict[str, str]) -> dict[str, str]:
    """This process's environment with the stack's variables, but without profiles or keys of a real account."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**inherited, "PYTHONUNBUFFERED": "1", **variables}


def use_in_this_process(variables: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(variables)


def write_env_file(settings: LocalSettings, variables: dict[str, str]) -> None:
    """Writes `.local/env`, the variables that a shell needs to use the stack."""
    settings.env_file.write_text(as_exports(variables))
    settings.env_file.chmod(0o600)


def as_exports(variables: Mapping[str, str]) -> str:
    """The variables as shell exports."""
    return "".join(f"export {name}='{value}'\n" for name, value in sorted(variables.items()))


def _django_secret_key(settings: LocalSettings) -> str:
    """Generated once per machine, so that cursors and sessions outlive a restart."""
    file = settings.folder / "django-secret-key"
    if not file.exists():
        settings.folder.mkdir(parents=True, exist_ok=True)
        file.write_text(secrets.token_urlsafe(48))
        file.chmod(0o600)
    return file.read_text()
