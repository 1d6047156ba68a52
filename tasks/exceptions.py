"""Domain errors, each with the status and the text of the API's response."""

from rest_framework import status
from rest_framework.exceptions import APIException, NotFound


class TaskNotFound(NotFound):
    default_code = "task_not_found"
    default_detail = "You have no task with this id."


class InsightNotFound(NotFound):
    default_code = "insight_not_found"
    default_detail = "There is no insight with this name. GET /api/v1/insights lists them."


class TaskExists(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "task_exists"
    default_detail = "A task with this id already exists."


class ProfileExists(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "profile_exists"
    default_detail = "You already have a profile. Use PUT to change it."


class ProfileNotFound(NotFound):
    default_code = "profile_not_found"
    default_detail = "You have no profile yet. GET /api/v1/users creates it."


class NoEmail(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "no_email"
    default_detail = "A profile needs an e-mail address, and this account has none."


class VersionMismatch(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "version_mismatch"
    default_detail = "The task has changed. Read it again and send its new ETag in If-Match."


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key was used for another request. Use a new key for each new request."


class KeyInFlight(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "idempotency_key_in_flight"
    default_detail = "A request with this Idempotency-Key is in progress. Try again in a moment."
    wait = 1


class DependencyFailed(APIException):
    status_code = status.HTTP_424_FAILED_DEPENDENCY
    default_code = "dependency_failed"
    default_detail = "The command that creates this task failed; see its result."


class SyncTokenTooOld(APIException):
    status_code = status.HTTP_410_GONE
    default_code = "sync_token_too_old"
    default_detail = "The sync token has expired. Discard your copy and sync again without `since`."


class AccountErased(APIException):
    status_code = status.HTTP_410_GONE
    default_code = "account_erased"
    default_detail = "This account has been deleted."
