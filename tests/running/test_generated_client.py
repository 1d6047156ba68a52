"""A client that a public generator makes of /openapi.json does a task's whole life."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.running import ROOT, ApiUser, RunningStack

LIFE = """
import sys
from todo_api_with_insights_client import AuthenticatedClient
from todo_api_with_insights_client.api.tasks import create_task, delete_task, list_tasks, update_task
from todo_api_with_insights_client.models import PatchedTaskRequest, TaskRequest, TaskStatusEnum

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
made = create_task.sync(client=client, body=TaskRequest(title="From a generated client"), idempotency_key="life-1")
assert [task.id for task in list_tasks.sync(client=client)] == [made.id]
change = PatchedTaskRequest(status=TaskStatusEnum.COMPLETED)
done = update_task.sync(made.id, client=client, body=change, if_match='"1"')
assert (done.status, done.completed_at is not None, done.version) == (TaskStatusEnum.COMPLETED, True, 2)
refused = create_task.sync(client=client, body=TaskRequest(title=""))
assert (refused.status, refused.errors[0].pointer) == (400, "#/title")
assert delete_task.sync_detailed(made.id, client=client).status_code == 204
assert list_tasks.sync(client=client) == []
print("done")
"""


def test_generated_client_creates_lists_and_completes_a_task(
    stack: RunningStack, user: ApiUser, tmp_path: Path
) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(user.call("GET", "/openapi.json", 200)))
    generator = Path(sys.executable).with_name("openapi-python-client")
    made = subprocess.run(
        [generator, "generate", "--path", document, "--output-path", tmp_path / "client"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert "Unable to" not in made.stdout + made.stderr
    lived = subprocess.run(
        [sys.executable, "-c", LIFE, stack.environment["API_ENDPOINT"], user.bearer],
        cwd=tmp_path / "client",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (lived.returncode, lived.stdout.strip()) == (0, "done"), lived.stderr
    assert ROOT not in tmp_path.parents
