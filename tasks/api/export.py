"""All data that the service holds about a user, as one JSON document."""

import json
from typing import Any, Final

from tasks.accounts.user_keys import user_key
from tasks.api.serializers import ProfileSerializer, TaskSerializer
from tasks.insights import payloads
from tasks.models import Insight, User
from tasks.queries import listing

# Lambda limits a response to 6 MB, and base64 or a proxy may add to its size.
MAX_RESPONSE_BYTES: Final = 4 * 1024 * 1024


def document(user: User) -> bytes:
    """Returns the user's profile, tasks and published insights as JSON."""
    task = TaskSerializer().to_representation
    content: dict[str, Any] = {
        "user": ProfileSerializer().to_representation(user),
        "tasks": [task(each) for each in listing.everything(user.id)],
        "insights": {
            name: json.loads(payloads.decompress(payload))
            for name, payload in Insight.all_of(user_key(user.id)).items()
        },
    }
    return json.dumps(content, ensure_ascii=False).encode()
