"""Items of the one table. Only this package saves, updates or builds a key."""

from tasks.models.erasure import Erasure, delete, remaining_keys
from tasks.models.insight import Insight
from tasks.models.item import API, ConditionFailedError, ConflictError, Item, Record, StartKey, WriteContext, assignment
from tasks.models.publication import Publication
from tasks.models.stored_response import KeyTakenError, StoredResponse
from tasks.models.task import Task
from tasks.models.user import Tombstone, User

__all__ = [
    "API",
    "ConditionFailedError",
    "ConflictError",
    "Erasure",
    "Insight",
    "Item",
    "KeyTakenError",
    "Publication",
    "Record",
    "StartKey",
    "StoredResponse",
    "Task",
    "Tombstone",
    "User",
    "WriteContext",
    "assignment",
    "delete",
    "remaining_keys",
]
