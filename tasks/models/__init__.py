"""Items of the one table. Nobody else saves, updates or builds a key."""

from tasks.models.insight import Insight
from tasks.models.item import API, ConditionFailedError, ConflictError, Item, Record, Stamp, StartKey, assignment
from tasks.models.keyed_answer import KeyedAnswer, KeyTakenError
from tasks.models.task import Task
from tasks.models.user import User

__all__ = [
    "API",
    "ConditionFailedError",
    "ConflictError",
    "Insight",
    "Item",
    "KeyTakenError",
    "KeyedAnswer",
    "Record",
    "Stamp",
    "StartKey",
    "Task",
    "User",
    "assignment",
]
