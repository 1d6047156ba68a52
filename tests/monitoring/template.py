"""The monitoring stack's template, with what CloudFormation fills in written as what it names."""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from infra.config import settings_of
from infra.deployment.cloudformation import synthesise

STAGE = "production"
Resource = dict[str, Any]


@cache
def templates(stage: str = STAGE) -> dict[str, Any]:
    """By stack."""
    return {
        file.name.removesuffix(".template.json"): json.loads(file.read_text())
        for file in synthesise(stage).glob("*.template.json")
    }


def named(stack: str, value: Any) -> Any:
    """`TYPE/ID` for a reference, `TYPE/ID.ATTRIBUTE` for an attribute, across stacks; lists and objects throughout."""
    if isinstance(value, list):
        return [named(stack, one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (found := FUNCTIONS.get(next(iter(value)))):
        return found(stack, next(iter(value.values())))
    return {key: named(stack, one) for key, one in value.items()}


def _name(stack: str, reference: str) -> str:
    """Without the digits that CDK adds to an id."""
    if reference.startswith("AWS::"):
        return reference
    kind = templates()[stack]["Resources"][reference]["Type"]
    return f"{kind}/{re.sub(r'[0-9A-F]{8}$', '', reference)}"


def _attribute(stack: str, path: list[str]) -> str:
    resource, attribute = path
    return f"{_name(stack, resource)}.{attribute}"


def _imported(_stack: str, export: str) -> Any:
    other = export.partition(":")[0]
    outputs = templates()[other]["Outputs"].values()
    (exported,) = [output["Value"] for output in outputs if output.get("Export", {}).get("Name") == export]
    return named(other, exported)


def _joined(stack: str, parts: tuple[str, list[Any]]) -> str:
    separator, words = parts
    return separator.join(named(stack, word) for word in words)


FUNCTIONS: dict[str, Callable[[str, Any], Any]] = {
    "Ref": _name,
    "Fn::GetAtt": _attribute,
    "Fn::ImportValue": _imported,
    "Fn::Join": _joined,
}


@cache
def resources(kind: str, concern: str = "monitoring") -> list[Resource]:
    stack = settings_of(STAGE).stack_name(concern)
    found = templates()[stack]["Resources"].values()
    return [named(stack, resource["Properties"]) for resource in found if resource["Type"] == kind]


@cache
def alarms() -> dict[str, Resource]:
    """By name, without the stage."""
    prefix = f"todo-{STAGE}-"
    return {alarm["AlarmName"].removeprefix(prefix): alarm for alarm in resources("AWS::CloudWatch::Alarm")}
