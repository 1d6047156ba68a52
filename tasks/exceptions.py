"""Domain errors, each with the status and the text that the API answers."""

from rest_framework import status
from rest_framework.exceptions import APIException, NotFound


class TaskNotFound(NotFound):
    default_code = "task_not_found"
    default_detail = "You have no task with this id."


class InsightNotFound(NotFound):
    default_code = "insight_not_found"
    default_detail = "There is no insight of this name. GET /api/v1/insights names them."


class TaskExists(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "task_exists"
    default_detail = "There is a task with this id."


class ProfileExists(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "profile_exists"
    default_detail = "You have a profile. PUT changes it."


class ProfileNotFound(NotFound):
    default_code = "profile_not_found"
    default_detail = "You have no profile yet. GET /api/v1/users makes it."


class NoEmail(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "no_email"
    default_detail = "The account has no e-mail address, which a profile needs."


class VersionMismatch(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "version_mismatch"
    default_detail = "The task has changed since. Read it again, and send its new ETag in If-Match."


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key came with another request. Use a new key for a new request."


class KeyInFlight(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "idempotency_key_in_flight"
    default_detail = "A request with this Idempotency-Key is being worked on. Send it again in a moment."
    wait = 1


class DependencyFailed(APIException):
    status_code = status.HTTP_424_FAILED_DEPENDENCY
    default_code = "dependency_failed"
    default_detail = "The command that makes this task failed; see its result."


class SyncTokenTooOld(APIException):
    status_code = status.HTTP_410_GONE
    default_code = "sync_token_too_old"
    default_detail = "Deletions of that time are forgotten. Begin anew, without since, and drop what you hold."


class AccountErased(APIException):
    status_code = status.HTTP_410_GONE
    default_code = "account_erased"
    default_detail = "This account has been deleted."
