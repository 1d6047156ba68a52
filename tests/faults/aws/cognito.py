"""A user pool: who is in it. Tokens are signed by the tests' own key and verified by the product.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteUser.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
"""

from dataclasses import dataclass, field
from typing import Any

from tests.faults.aws.errors import ServiceError


@dataclass
class UserPool:
    """subs -> e-mail."""

    users: dict[str, str] = field(default_factory=dict)

    def handle(self, operation: str, request: dict[str, Any]) -> Any:
        """The answer to an operation. Raises ServiceError."""
        match operation:
            case "AdminDeleteUser":
                if self.users.pop(request["Username"], None) is None:
                    raise ServiceError("UserNotFoundException", "User does not exist.")
                return {}
            case "ListUsers":
                return {"Users": [self._user(sub) for sub in sorted(self.users)]}
        raise ServiceError("UnknownOperationException", operation)

    def _user(self, sub: str) -> Any:
        attributes = [{"Name": "sub", "Value": sub}, {"Name": "email", "Value": self.users[sub]}]
        return {"Username": self.users[sub], "Attributes": attributes}
