"""`python -m infra.local.emulator`: ministack, with the kinds of resource that its CloudFormation lacks."""

import json
from http import HTTPStatus
from typing import Any

from ministack.app import main
from ministack.services import glue
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS


def create_security_configuration(
    _logical_id: str, properties: dict[str, Any], _stack: str
) -> tuple[str, dict[str, str]]:
    """The name, as `Ref` answers it, and no attributes. ministack's Glue itself knows security configurations."""
    status, _headers, body = glue._create_security_configuration(properties)
    if status != HTTPStatus.OK:
        raise ValueError(json.loads(body)["message"])
    return properties["Name"], {}


def update_security_configuration(
    name: str, _old: dict[str, Any], new: dict[str, Any], stack: str
) -> tuple[str, dict[str, str]]:
    delete_security_configuration(name, {})
    return create_security_configuration("", new, stack)


def delete_security_configuration(name: str, _properties: dict[str, Any]) -> None:
    glue._delete_security_configuration({"Name": name})


_RESOURCE_HANDLERS["AWS::Glue::SecurityConfiguration"] = {
    "create": create_security_configuration,
    "update": update_security_configuration,
    "delete": delete_security_configuration,
}

if __name__ == "__main__":
    main()
