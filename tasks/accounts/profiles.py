"""Accounts: a Cognito user and its profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tasks import services
from tasks.accounts import identity
from tasks.exceptions import AccountErased, NoEmail, ProfileExists
from tasks.models import Tombstone, User, WriteContext
from todo_project.authentication import ACCESS, Principal


@dataclass(frozen=True, slots=True)
class Account:
    """An account after `ensure_account`; the flags tell which parts are new."""

    sub: str
    user_created: bool
    profile_created: bool


def ensure_account(
    *, email: str, name: str, time_zone: str = "UTC", password: str | None = None, context: WriteContext
) -> Account:
    """Creates the missing parts of an account. Sets `password`, if given, as a permanent one."""
    sub, user_created = identity.create_user(email, name)
    if password:
        try:
            identity.set_password(email, password)
        except ClientError:
            if user_created:
                identity.delete_user(sub)  # leave nothing behind when Cognito rejects the password
            raise
    try:
        profile = services.new_profile(sub=sub, email=email, name=name, time_zone=time_zone, context=context)
        services.store_profile(profile)
    except ProfileExists:
        return Account(sub, user_created, profile_created=False)
    return Account(sub, user_created, profile_created=True)


def new_own_profile(*, principal: Principal, token: str, values: Mapping[str, str], context: WriteContext) -> User:
    """Builds the caller's profile from the token's claims and `values`, which override them. Raises NoEmail."""
    claims = _claims_with_email(principal, token)
    fields = {"name": identity.name_in(claims), **values}
    return services.new_profile(sub=principal.sub, email=claims["email"], **fields, context=context)


def find_or_create_own_profile(*, principal: Principal, token: str, context: WriteContext) -> User:
    """Returns the caller's profile and creates it on first use. Raises NoEmail, AccountErased."""
    known = own_profile(principal.sub)
    if known:
        return known
    new = new_own_profile(principal=principal, token=token, values={}, context=context)
    try:
        services.store_profile(new)
    except ProfileExists:
        concurrent = own_profile(principal.sub)  # created by a concurrent request
        if concurrent is None:
            raise
        return concurrent
    return new


def own_profile(sub: str) -> User | None:
    """Returns the user's profile, or None. Raises AccountErased."""
    found = User.find(sub)
    if isinstance(found, Tombstone):
        raise AccountErased
    return found


def _claims_with_email(principal: Principal, token: str) -> Mapping[str, Any]:
    """Returns the token's claims. An access token has no e-mail, so the user's attributes come from Cognito instead."""
    claims = principal.claims
    if claims["token_use"] == ACCESS:
        claims = identity.attributes_by_access_token(token)
    if not claims.get("email"):
        raise NoEmail
    return claims
