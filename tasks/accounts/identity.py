"""Calls to Cognito for accounts and sign-in. Tokens are verified in todo_project.authentication, without a call."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from rest_framework.exceptions import AuthenticationFailed

from todo_project.problems import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import AttributeTypeTypeDef, AuthenticationResultTypeTypeDef


class SignInRefusedError(Exception):
    """The e-mail or password is wrong, or the account can't sign in this way. The text is fit to show to users."""


class SignInUnavailableError(SignInRefusedError):
    """Cognito does not respond."""


@cache
def client() -> "CognitoIdentityProviderClient":
    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
    return boto3.client("cognito-idp", region_name=settings.REGION, config=config)


def sign_in(email: str, password: str) -> "AuthenticationResultTypeTypeDef":
    """Returns IdToken, AccessToken and ExpiresIn (seconds). Raises SignInRefusedError."""
    errors = client().exceptions
    try:
        response = client().admin_initiate_auth(
            UserPoolId=settings.USER_POOL_ID,
            ClientId=settings.CLIENT_ID,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
    except (
        errors.NotAuthorizedException,
        errors.UserNotFoundException,
        errors.InvalidParameterException,
    ) as error:
        raise SignInRefusedError("E-mail or password is wrong.") from error
    except (errors.PasswordResetRequiredException, errors.UserNotConfirmedException) as error:
        raise SignInRefusedError("This account needs a new password before it can sign in.") from error
    except errors.TooManyRequestsException as error:
        raise SignInRefusedError("Too many attempts. Wait a minute and try again.") from error
    except (ClientError, BotoCoreError) as error:
        raise SignInUnavailableError("Sign-in is not available at the moment. Try again shortly.") from error
    if "AuthenticationResult" not in response:
        raise SignInRefusedError("This account needs a new password before it can sign in.")
    return response["AuthenticationResult"]


def create_user(email: str, name: str) -> tuple[str, bool]:
    """Returns the sub of the account with this e-mail, and whether it is new. Sends no mail."""
    attributes: list[AttributeTypeTypeDef] = [
        {"Name": "email", "Value": email},
        {"Name": "email_verified", "Value": "true"},
        {"Name": "name", "Value": name},
    ]
    try:
        response = client().admin_create_user(
            UserPoolId=settings.USER_POOL_ID,
            Username=email,
            UserAttributes=attributes,
            MessageAction="SUPPRESS",
        )
        return attributes_of(response["User"]["Attributes"])["sub"], True
    except client().exceptions.UsernameExistsException:
        known = client().admin_get_user(UserPoolId=settings.USER_POOL_ID, Username=email)
        return attributes_of(known["UserAttributes"])["sub"], False


def sub_of(email_or_sub: str) -> str | None:
    """Returns the sub of the account with this e-mail or sub, or None."""
    try:
        known = client().admin_get_user(UserPoolId=settings.USER_POOL_ID, Username=email_or_sub)
    except client().exceptions.UserNotFoundException:
        return None
    return attributes_of(known["UserAttributes"])["sub"]


def subs() -> Iterator[str]:
    """Yields the sub of every account."""
    for page in client().get_paginator("list_users").paginate(UserPoolId=settings.USER_POOL_ID):
        for user in page["Users"]:
            yield attributes_of(user["Attributes"])["sub"]


def delete_user(sub: str) -> None:
    """Deletes the account, if it exists. Raises Unavailable."""
    try:
        # Cognito accepts a local user's sub as the user name.
        client().admin_delete_user(UserPoolId=settings.USER_POOL_ID, Username=sub)
    except client().exceptions.UserNotFoundException:
        return
    except (ClientError, BotoCoreError) as error:
        raise Unavailable from error


def set_password(email: str, password: str) -> None:
    """Sets a permanent password, which need not be changed at the first sign-in."""
    client().admin_set_user_password(
        UserPoolId=settings.USER_POOL_ID, Username=email, Password=password, Permanent=True
    )


def attributes_by_access_token(token: str) -> dict[str, str]:
    """Returns the user's attributes, read with the user's own access token.

    Raises AuthenticationFailed for a revoked token, Unavailable when Cognito does not respond.
    """
    try:
        return attributes_of(client().get_user(AccessToken=token)["UserAttributes"])
    except (client().exceptions.NotAuthorizedException, client().exceptions.UserNotFoundException) as error:
        raise AuthenticationFailed("The token is invalid or has expired.") from error
    except (ClientError, BotoCoreError) as error:
        raise Unavailable from error


def attributes_of(pairs: "list[AttributeTypeTypeDef]") -> dict[str, str]:
    return {pair["Name"]: pair.get("Value", "") for pair in pairs}


def name_in(claims: Mapping[str, Any]) -> str:
    """Returns a display name of at most 100 characters: `name`, else `given_name`, else the e-mail's local part."""
    candidates = (claims.get("name"), claims.get("given_name"), str(claims["email"]).partition("@")[0])
    return next(text for text in candidates if isinstance(text, str) and text.strip())[:100]
