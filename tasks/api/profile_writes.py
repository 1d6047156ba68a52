"""Writes to the caller's profile and the responses to them; with an Idempotency-Key, exactly once."""

from collections.abc import Mapping
from typing import Any, Protocol

from rest_framework import status

from tasks import services
from tasks.accounts import profiles
from tasks.api import idempotency
from tasks.api.idempotency import Key, WriteResponse
from tasks.api.serializers import ProfileSerializer
from tasks.exceptions import AccountErased, ProfileExists, ProfileNotFound
from tasks.models import ConditionFailedError, Item, User, WriteContext, keys
from todo_project.authentication import Principal

Values = Mapping[str, str]


class Write(Protocol):
    def __call__(
        self, *, principal: Principal, token: str, values: Values, context: WriteContext, key: Key | None
    ) -> WriteResponse: ...


def create(
    *, principal: Principal, token: str, values: Values, context: WriteContext, key: Key | None
) -> WriteResponse:
    """Raises ProfileExists, AccountErased, NoEmail."""
    user = profiles.new_own_profile(principal=principal, token=token, values=values, context=context)
    if key is None:
        services.store_profile(user)
        return _created(user)
    try:
        return idempotency.create_once(key, record=user, response=_created, now=context.now)
    except ConditionFailedError as error:
        raise services.profile_refusal(error.found) from error


def update(
    *, principal: Principal, token: str, values: Values, context: WriteContext, key: Key | None
) -> WriteResponse:
    """Updates the profile, or creates it. Raises AccountErased, NoEmail."""

    def new_profile() -> User:
        return profiles.new_own_profile(principal=principal, token=token, values=values, context=context)

    def change(found: Item | None) -> User:
        if found is None:
            return new_profile()
        if not isinstance(found, User):
            raise AccountErased
        return services.updated_profile(found, values=values, context=context)

    if key:
        return idempotency.change_once(key, sk=keys.PROFILE, change=change, response=_updated, now=context.now)
    try:
        return _updated(services.update_profile(sub=principal.sub, values=values, context=context))
    except ProfileNotFound:
        user = new_profile()
    try:
        services.store_profile(user)
    except ProfileExists:  # created by a concurrent request
        user = services.update_profile(sub=principal.sub, values=values, context=context)
    return _updated(user)


def _created(user: User) -> WriteResponse:
    return WriteResponse.of(status.HTTP_201_CREATED, _representation(user))


def _updated(user: User) -> WriteResponse:
    return WriteResponse.of(status.HTTP_200_OK, _representation(user))


def _representation(user: User) -> dict[str, Any]:
    return ProfileSerializer().to_representation(user)
