"""What the deployed roles may do, and what was done under them, as the emulator and the Athena endpoint noted it."""

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from infra.local.roles import role_arns
from tests.support.running import RunningStack

# A session of this name tries what the role may not.
ATTEMPT = "attempt"


@dataclass(frozen=True, order=True)
class Call:
    """resource: an ARN; at the Athena endpoint only its end, and `*` where AWS alone knows it."""

    action: str
    resource: str


@dataclass(frozen=True, order=True)
class Right:
    """One action on the resources of one pattern."""

    action: str
    pattern: str

    def covers(self, call: Call) -> bool:
        pattern = self.pattern if call.resource.startswith("arn:") else self.pattern.rpartition(":")[2]
        return self.action == call.action and (call.resource == "*" or fnmatchcase(call.resource, pattern))


class Roles:
    """The stack's roles by their constructs' names: sessions of theirs, their rights, and the calls of both."""

    def __init__(self, stack: RunningStack) -> None:
        self._stack, self._iam = stack, stack.client("iam")
        self._role_of_key: dict[str, str] = {}
        self._arns = role_arns(stack.client("cloudformation"), self._iam)
        self._constructs = {_name(arn): construct for construct, arn in self._arns.items()}

    def session(self, role: str, name: str = "part") -> dict[str, str]:
        """The keys of a process that runs under the role. name: of the session; attempts do not count as calls."""
        made = self._stack.client("sts").assume_role(RoleArn=self._arns[role], RoleSessionName=name)["Credentials"]
        if name != ATTEMPT:
            self._role_of_key[made["AccessKeyId"]] = role
        return {
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_SESSION_TOKEN": made["SessionToken"],
        }

    def names(self) -> set[str]:
        return set(self._arns)

    def rights(self, role: str) -> set[Right]:
        """All that the role's policies allow."""
        name = _name(self._arns[role])
        policies = [
            self._iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in self._iam.list_role_policies(RoleName=name)["PolicyNames"]
        ]
        return {
            Right(action, pattern)
            for policy in policies
            for statement in policy["Statement"]
            for action in _listed(statement["Action"])
            for pattern in _listed(statement["Resource"])
        }

    def calls(self, role: str) -> set[Call]:
        """All that was called under the role so far."""
        log = Path(self._stack.environment["LOCAL_DIR"], "logs", "calls.ndjson").read_text()
        noted = [json.loads(line) for line in log.splitlines()]
        return {Call(call["action"], call["resource"]) for call in noted if self._role(call["caller"]) == role}

    def _role(self, caller: str) -> str | None:
        if ":assumed-role/" in caller and not caller.endswith(f"/{ATTEMPT}"):
            return self._constructs.get(caller.split("/")[1])
        return self._role_of_key.get(caller)


def _name(role_arn: str) -> str:
    return role_arn.rpartition("/")[2]


def _listed(one_or_more: Any) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else list(one_or_more)
