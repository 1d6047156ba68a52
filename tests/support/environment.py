"""What the application finds in its environment while it is tested. Nothing of a real account gets in."""

import os
from pathlib import Path

from infra.version import version
from tests.support.tokens import CLIENT_ID, POOL_ID, REGION, KeyServer

ROOT = Path(__file__).resolve().parents[2]
USER_KEY_SECRET = "a secret of the tests"


def prepare() -> KeyServer:
    """Sets the variables, before Django reads them; returns the server that the pool's keys come from."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        # What is packaged is put together anew each time, so each worker has a folder for it.
        os.environ["BUILD_DIR"] = str(ROOT / ".local" / worker)
    key_server = KeyServer()
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "todo_project.settings",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": key_server.address,
            "REGION": REGION,
            "ENVIRONMENT": "test",
            "VERSION": version(),
            "DJANGO_SECRET_KEY": "a key of the tests, as long as Django would like it to be",
            "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
            "TABLE_NAME": "todo-app-data",
            "USER_POOL_ID": POOL_ID,
            "CLIENT_ID": CLIENT_ID,
            "USER_KEY_SECRET_ID": "user-key",
            "LAKE_BUCKET": "lake",
            "SILVER_DATABASE": "todo_silver",
            "STAGING_DATABASE": "todo_staging",
            "GOLD_DATABASE": "todo_analytics",
            "ATHENA_WORKGROUP": "todo-analytics-workgroup",
        }
    )
    return key_server
