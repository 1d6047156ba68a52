"""The writes to the caller's profile as the API answers them; with an Idempotency-Key, exactly once."""

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
    """The profile is made, if there is none yet. Raises AccountErased, NoEmail."""

    def made() -> User:
        return profiles.new_own_profile(principal=principal, token=token, values=values, context=context)

    def change(found: Item | None) -> User:
        if found is None:
            return made()
        if not isinstance(found, User):
            raise AccountErased
        return services.updated_profile(found, values=values, context=context)

    if key:
        return idempotency.change_once(key, sk=keys.PROFILE, change=change, response=_changed, now=context.now)
    try:
        return _changed(services.update_profile(sub=principal.sub, values=values, context=context))
    except ProfileNotFound:
        user = made()
    try:
        services.store_profile(user)
    except ProfileExists:  # another request of the same user was faster
        user = services.update_profile(sub=principal.sub, values=values, context=context)
    return _changed(user)


def _created(user: User) -> WriteResponse:
    return WriteResponse.of(status.HTTP_201_CREATED, _shown(user))


def _changed(user: User) -> WriteResponse:
    return WriteResponse.of(status.HTTP_200_OK, _shown(user))


def _shown(user: User) -> dict[str, Any]:
    return ProfileSerializer().to_representation(user)
