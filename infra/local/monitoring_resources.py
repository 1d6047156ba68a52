"""The monitoring stack's resource types that ministack's CloudFormation lacks, although it has the services."""

import json
from http import HTTPStatus
from typing import Any, Final

from ministack.services import budgets
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

Properties = dict[str, Any]
Made = tuple[str, dict[str, str]]
ALARM: Final = dict(_RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"])


def create_budget(_logical_id: str, properties: Properties, _stack: str) -> Made:
    status, _headers, body = budgets._create_budget(properties)
    if status != HTTPStatus.OK:
        raise ValueError(json.loads(body)["message"])
    return properties["Budget"]["BudgetName"], {}


def update_budget(name: str, _old: Properties, new: Properties, stack: str) -> Made:
    delete_budget(name, {})
    return create_budget("", new, stack)


def delete_budget(name: str, _properties: Properties) -> None:
    budgets._delete_budget({"BudgetName": name})


def create_query(logical_id: str, _properties: Properties, stack: str) -> Made:
    """Returns only an id, because the emulator runs no saved queries."""
    return f"{stack}-{logical_id}", {}


def update_query(query: str, _old: Properties, _new: Properties, _stack: str) -> Made:
    return query, {}


def delete_query(_query: str, _properties: Properties) -> None:
    """Does nothing, because nothing was stored."""


def create_alarm(logical_id: str, properties: Properties, stack: str) -> Made:
    made: Made = ALARM["create"](logical_id, without_math(properties), stack)
    return made


def update_alarm(name: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None) -> Made:
    made: Made = ALARM["update"](name, without_math(old), without_math(new), stack, logical_id)
    return made


def without_math(properties: Properties) -> Properties:
    """Puts the alarm on the first metric of its expression, because the emulator doesn't evaluate expressions."""
    if "Metrics" not in properties:
        return properties
    stat = next(part["MetricStat"] for part in properties["Metrics"] if "MetricStat" in part)
    single = {**stat["Metric"], "Statistic": stat["Stat"], "Period": stat["Period"]}
    return {**{name: value for name, value in properties.items() if name != "Metrics"}, **single}


HANDLERS: Final = {
    "AWS::Budgets::Budget": {"create": create_budget, "update": update_budget, "delete": delete_budget},
    "AWS::Logs::QueryDefinition": {"create": create_query, "update": update_query, "delete": delete_query},
    "AWS::CloudWatch::Alarm": {**ALARM, "create": create_alarm, "update": update_alarm},
}
