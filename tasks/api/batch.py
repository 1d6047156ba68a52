"""Up to 100 commands in one request. They run in order and independently, and each has its own result."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rest_framework import status
from rest_framework.exceptions import ValidationError

from tasks.api import idempotency, preconditions, task_writes
from tasks.api.idempotency import Key, WriteResponse
from tasks.api.serializers import CommandSerializer, TaskSerializer
from tasks.exceptions import DependencyFailed, TaskNotFound
from tasks.models import WriteContext, keys
from todo_project.problems import as_api_exception, problem_of

Result = dict[str, Any]

MAX_STORED_BYTES = 300_000
# A command with such a status may succeed on a retry, so the response to its batch is not final yet.
RETRYABLE = frozenset({status.HTTP_409_CONFLICT, status.HTTP_503_SERVICE_UNAVAILABLE})


def run_once(key: Key, *, run: Callable[[], list[Result]], now: datetime) -> WriteResponse:
    """Returns the batch's response, stored under the request's key like that of any write. Raises KeyReused.

    Claims the key first. Each command has its own key, so a request that was cut off can be sent again safely:
    finished commands replay their stored response, and only the others run.
    """
    known = idempotency.claim(key, now)
    if known:
        return known
    results = run()
    response = response_of(results)
    settled = all(result["status"] not in RETRYABLE for result in results)
    return (
        idempotency.store_response(key, response, now)
        if settled and len(response.body) <= MAX_STORED_BYTES
        else response
    )


def response_of(results: list[Result]) -> WriteResponse:
    return WriteResponse.of(status.HTTP_200_OK, {"results": results})


@dataclass
class Batch:
    """The commands of one request. `key` is the request's key; `new_context` makes a context for each write."""

    sub: str
    key: Key | None
    new_context: Callable[[], WriteContext]
    ids_by_ref: dict[str, str | None] = field(default_factory=dict)

    def run(self, commands: list[Any]) -> list[Result]:
        return [self._result(number, command) for number, command in enumerate(commands)]

    def _result(self, number: int, raw: Any) -> Result:
        name = raw.get("ref") if isinstance(raw, dict) and raw.get("action") == "create" else None
        if isinstance(name, str):
            self.ids_by_ref[name] = None
        try:
            command = _valid(CommandSerializer, raw, "")
            response = self._response(command, self._key_of(number, command))
        except Exception as error:
            known = as_api_exception(error)
            if known is None:
                raise
            return _result(known.status_code, problem=problem_of(known))
        task = json.loads(response.body) if response.body else None
        if isinstance(name, str) and task:
            self.ids_by_ref[name] = task["id"]
        return _result(response.status, task=task, replayed=response.replayed)

    def _key_of(self, number: int, command: Mapping[str, Any]) -> Key | None:
        """Returns the command's own key, else one derived from the request's, so that a repeated request continues."""
        if "idempotency_key" in command:
            text = idempotency.checked(command["idempotency_key"], "idempotency_key")
            content = json.dumps(command, sort_keys=True).encode()
            return Key(self.sub, text, idempotency.fingerprint("batch", command["action"], content))
        if self.key:
            return Key(self.sub, f"{self.key.text}\n{number}", self.key.fingerprint)
        return None

    def _response(self, command: Mapping[str, Any], key: Key | None) -> WriteResponse:
        write: dict[str, Any] = {"sub": self.sub, "context": self.new_context(), "key": key}
        if command["action"] == "create":
            return task_writes.create(values=_valid(TaskSerializer, command.get("task", {}), "task"), **write)
        write["versions"] = preconditions.versions_in(command.get("if_match"), "if_match")
        write["task_id"] = self._target(command)
        if command["action"] == "delete":
            return task_writes.delete(**write)
        values = _valid(TaskSerializer, command.get("task", {}), "task", partial=True)
        return task_writes.update(values=values, **write)

    def _target(self, command: Mapping[str, Any]) -> str:
        """Returns the id of the command's task. Raises TaskNotFound, DependencyFailed."""
        if "id" in command:
            task_id: str = command["id"]
        elif command["ref"] not in self.ids_by_ref:
            raise ValidationError({"ref": "No earlier create command has this ref."})
        else:
            task_id = self.ids_by_ref[command["ref"]] or ""
            if not task_id:
                raise DependencyFailed
        if not keys.is_task_id(task_id):
            raise TaskNotFound
        return task_id


def _valid(kind: Any, data: Any, pointer: str, *, partial: bool = False) -> dict[str, Any]:
    """Returns the validated data. Raises ValidationError with pointers below `pointer`."""
    serializer = kind(data=data, partial=partial)
    if not serializer.is_valid():
        errors = serializer.errors
        raise ValidationError({pointer: errors} if pointer else errors)
    return dict(serializer.validated_data)


def _result(code: int, *, task: Any = None, problem: dict[str, Any] | None = None, replayed: bool = False) -> Result:
    return {"status": code, "task": task, "problem": problem, "replayed": replayed}
