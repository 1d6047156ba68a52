"""`python -m infra.local.emulator`: ministack, with features that its CloudFormation, Lambda and DynamoDB lack.

While it enforces IAM, it also logs each call that it authorizes.
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

# A resource's name, as `Ref` returns it, and its attributes.
Made = tuple[str, dict[str, str]]
Properties = dict[str, Any]


class SecurityConfigurations:
    """Glue's security configurations: ministack has them, but not in its CloudFormation."""

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
    """Secrets whose `Ref` is the ARN, which policies need; ministack returns the name.

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
    """A resource's functions, as ministack registers them."""
    return {"create": resource.create, "update": resource.update, "delete": resource.delete, **more}


decide = iam_evaluator.enforce
# ministack doesn't know which stream these calls name. There is only one.
STREAM_ACTIONS = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}


def requested_namespace() -> str | None:
    """The namespace of a request that puts metrics; ministack ignores it when it authorizes."""
    request = iam_evaluator._signed_request.get()
    return json.loads(request.body)["Namespace"] if request else None


def note_and_decide(access_key_id: str, iam_action: str, *others: Any, resource_arn: str = "*", **more: Any) -> Any:
    """Replaces ministack's check, which runs for each action and resource of a request."""
    if iam_action == "cloudwatch:PutMetricData":
        more["service_context"] = {"cloudwatch:namespace": requested_namespace()}
    if iam_action in STREAM_ACTIONS:
        resource_arn = next((table["LatestStreamArn"] for table in dynamodb._tables.values()), resource_arn)
    identity = iam_evaluator.resolve_caller_identity(access_key_id) or {"userArn": access_key_id}
    note(identity["userArn"], iam_action, resource_arn)
    return decide(access_key_id, iam_action, *others, resource_arn=resource_arn, **more)


def pin_request_origin(source_ip: str, _secure_transport: bool) -> None:
    """Treats requests as TLS, which the buckets require: loopback traffic never leaves the machine."""
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
