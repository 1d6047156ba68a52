"""`python -m infra.local.emulator`: ministack, with what its CloudFormation, its Lambda and its DynamoDB lack.

Where it enforces IAM, it also notes each call that it decides on.
"""

import json
from http import HTTPStatus
from typing import Any

from ministack import app
from ministack.core import iam_evaluator
from ministack.services import dynamodb, glue, secretsmanager
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

from infra.local import function_code, monitoring_resources, table_exports
from infra.local.calls import note

# A resource's name, as `Ref` answers it, and its attributes.
Made = tuple[str, dict[str, str]]
Properties = dict[str, Any]


class SecurityConfigurations:
    """ministack's Glue knows them, but its CloudFormation does not."""

    def create(self, _logical_id: str, properties: Properties, _stack: str) -> Made:
        status, _headers, body = glue._create_security_configuration(properties)
        if status != HTTPStatus.OK:
            raise ValueError(json.loads(body)["message"])
        return properties["Name"], {}

    def update(self, name: str, _old: Properties, new: Properties, stack: str) -> Made:
        self.delete(name, {})
        return self.create("", new, stack)

    def delete(self, name: str, _properties: Properties) -> None:
        glue._delete_security_configuration({"Name": name})


class Secrets:
    """Their `Ref` is an ARN, which policies need; ministack has their name there.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
    """

    def __init__(self, handlers: dict[str, Any]) -> None:
        self._handlers = handlers

    def create(self, logical_id: str, properties: Properties, stack: str) -> Made:
        _name, attributes = self._handlers["create"](logical_id, properties, stack)
        return attributes["Arn"], attributes

    def update(self, arn: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Made:
        _name, attributes = self._handlers["update"](self._name(arn), old, new, stack, logical_id)
        return attributes["Arn"], attributes

    def delete(self, arn: str, properties: Properties) -> None:
        self._handlers["delete"](self._name(arn), properties)

    def _name(self, arn: str) -> str | None:
        name: str | None = secretsmanager._resolve(arn)[0]
        return name


def handlers(resource: Any, **more: bool) -> dict[str, Any]:
    """As ministack registers them."""
    return {"create": resource.create, "update": resource.update, "delete": resource.delete, **more}


decide = iam_evaluator.enforce
# ministack does not see which stream these ask for. There is one.
OF_THE_STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}


def namespace_asked_for() -> str | None:
    """Of a request for metrics; ministack does not look at it when it decides."""
    request = iam_evaluator._signed_request.get()
    return json.loads(request.body)["Namespace"] if request else None


def note_and_decide(access_key_id: str, iam_action: str, *others: Any, resource_arn: str = "*", **more: Any) -> Any:
    """ministack asks this for each action and resource of a request."""
    if iam_action == "cloudwatch:PutMetricData":
        more["service_context"] = {"cloudwatch:namespace": namespace_asked_for()}
    if iam_action in OF_THE_STREAM:
        resource_arn = next((table["LatestStreamArn"] for table in dynamodb._tables.values()), resource_arn)
    identity = iam_evaluator.resolve_caller_identity(access_key_id) or {"userArn": access_key_id}
    note(identity["userArn"], iam_action, resource_arn)
    return decide(access_key_id, iam_action, *others, resource_arn=resource_arn, **more)


def pin_request_origin(source_ip: str, _secure_transport: bool) -> None:
    """What a loopback port carries never leaves the machine, so it counts as TLS, which the buckets ask for."""
    iam_evaluator.pin_request_origin(source_ip, secure_transport=True)


_RESOURCE_HANDLERS["AWS::Glue::SecurityConfiguration"] = handlers(SecurityConfigurations())
_RESOURCE_HANDLERS["AWS::SecretsManager::Secret"] = handlers(
    Secrets(_RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]), update_with_logical_id=True
)
_RESOURCE_HANDLERS.update(monitoring_resources.HANDLERS)
function_code.install()
table_exports.install()
iam_evaluator.enforce = note_and_decide
app.pin_request_origin = pin_request_origin

if __name__ == "__main__":
    app.main()
