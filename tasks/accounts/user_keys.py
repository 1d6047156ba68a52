"""The user key: the pseudonym of a user in the lake and in the published insights."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from django.conf import settings

from tasks.models import keys

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def user_key(sub: str) -> str:
    """Returns the hex HMAC-SHA256 of the user's Cognito `sub`."""
    return keys.user_key(secret(), sub)


@cache
def secret() -> str:
    """Returns the HMAC secret; fetched once per process, when first needed."""
    client: SecretsManagerClient = boto3.client("secretsmanager", region_name=settings.REGION)
    return client.get_secret_value(SecretId=settings.USER_KEY_SECRET_ID)["SecretString"]
