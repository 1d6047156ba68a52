"""Accounts: a Cognito user and the profile that belongs to it."""

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
    """An account as `ensure_account` left it; the flags tell what was made now."""

    sub: str
    user_made: bool
    profile_made: bool


def ensure_account(
    *, email: str, name: str, time_zone: str = "UTC", password: str | None = None, context: WriteContext
) -> Account:
    """Makes what is missing of an account; a password given is set, as a permanent one."""
    sub, user_made = identity.create_user(email, name)
    if password:
        try:
            identity.set_password(email, password)
        except ClientError:
            if user_made:
                identity.delete_user(sub)  # a refused password leaves nothing behind
            raise
    try:
        profile = services.new_profile(sub=sub, email=email, name=name, time_zone=time_zone, context=context)
        services.store_profile(profile)
    except ProfileExists:
        return Account(sub, user_made, profile_made=False)
    return Account(sub, user_made, profile_made=True)


def new_own_profile(*, principal: Principal, token: str, values: Mapping[str, str], context: WriteContext) -> User:
    """The caller's profile from the token's claims, and `values` over them; not yet stored. Raises NoEmail."""
    claims = _claims_with_email(principal, token)
    wanted = {"name": identity.name_in(claims), **values}
    return services.new_profile(sub=principal.sub, email=claims["email"], **wanted, context=context)


def find_or_create_own_profile(*, principal: Principal, token: str, context: WriteContext) -> User:
    """The caller's profile, made on first use. Raises NoEmail, AccountErased."""
    known = own_profile(principal.sub)
    if known:
        return known
    made = new_own_profile(principal=principal, token=token, values={}, context=context)
    try:
        services.store_profile(made)
    except ProfileExists:
        faster = own_profile(principal.sub)  # another request of the same user
        if faster is None:
            raise
        return faster
    return made


def own_profile(sub: str) -> User | None:
    """Raises AccountErased."""
    found = User.find(sub)
    if isinstance(found, Tombstone):
        raise AccountErased
    return found


def _claims_with_email(principal: Principal, token: str) -> Mapping[str, Any]:
    """An access token carries no e-mail; Cognito tells it to whoever holds the token."""
    claims = principal.claims
    if claims["token_use"] == ACCESS:
        claims = identity.attributes_by_access_token(token)
    if not claims.get("email"):
        raise NoEmail
    return claims
