"""`make deploy STAGE=local`, as an operator uses it: the deployed pieces alone answer, to the insights and back."""

import json
import re
import shlex
from http import HTTPStatus
from typing import Any

import pytest
import requests

from infra.packaging import ROOT
from tests.deploy.operator import Operator
from tests.support.patience import SHORTLY
from tests.support.running import PASSWORD

FUNCTION = "todo-api-local"
# An empty zip.
NO_CODE = b"PK\x05\x06" + bytes(18)


def code_of(operator: Operator) -> str:
    return str(operator.client("lambda").get_function_configuration(FunctionName=FUNCTION)["CodeSha256"])


def test_an_interrupted_deployment_says_so_in_a_line(operator: Operator) -> None:
    broken_off = operator.interrupt("deploy", "local", at="Stacks ...")
    assert (broken_off.returncode, broken_off.stderr) == (
        130,
        "\nInterrupted. Run the same command again to continue.\n",
    )


def test_second_deployment_changes_nothing(operator: Operator) -> None:
    before = operator.client("lambda").get_function(FunctionName=FUNCTION)["Configuration"]
    said = operator.succeed("deploy", "local")
    steps = re.findall(
        r"^(Stacks|API's function \(Zappa\)|API's front door, monitoring): [0-9.]+ s, (.*)$", said, re.MULTILINE
    )
    assert [outcome for _, outcome in steps] == ["unchanged"] * 3
    assert operator.client("lambda").get_function(FunctionName=FUNCTION)["Configuration"] == before


# What the how-to pages have an operator type, and what must then be read. Other tests deploy, destroy and roll back.
PAGES = [ROOT / "docs" / "how-to" / f"{name}.md" for name in ("deploy", "alarms", "repair", "maintain")]
COMMANDS = re.findall(
    r"^    make ((?!deploy|destroy|scan|release).*)$", "\n".join(page.read_text() for page in PAGES), flags=re.MULTILINE
)
READ = {
    "test-api": "3 users, 612 requests, all responses correct",
    "test-etl": "2 users, 10 tasks each, 2 updates per task: every figure is correct",
    "status": f"Lambda Name:          {FUNCTION}",
    "tail": '"route": "api/v1/tasks"',
    "createuser": "Profile: created",
    "pipeline": "Publish: ",
}
ROLLBACK = 'zappa STAGE=dev RUN="rollback -n 1"'


def test_pages_have_commands_for_all_that_is_read_here() -> None:
    assert ROLLBACK in COMMANDS
    assert len(COMMANDS) == len(READ) + 1


@pytest.mark.parametrize("line", [line for line in COMMANDS if line != ROLLBACK])
def test_command_of_the_pages_does_what_it_is_for(operator: Operator, line: str) -> None:
    target, _, *options = shlex.split(line)
    done = operator.make(target, "STAGE=local", *options)
    assert done.returncode == 0, done.stderr
    (expected,) = [text for word, text in READ.items() if word in line.replace("=", " ").replace('"', " ").split()]
    assert expected in done.stdout


SCHEDULED = {"tasks.scheduled.finish_erasures": "rate(1 hour)", "tasks.scheduled.measure_freshness": "rate(15 minutes)"}


def test_functions_are_scheduled(operator: Operator) -> None:
    rules = operator.client("events").list_rules(NamePrefix=FUNCTION)["Rules"]
    found = {rule["Name"]: rule["ScheduleExpression"] for rule in rules}
    assert found == {f"{FUNCTION}-{function}": schedule for function, schedule in SCHEDULED.items()}


@pytest.mark.parametrize("function", SCHEDULED)
def test_scheduled_function_runs(operator: Operator, function: str) -> None:
    payload = json.dumps({"command": function}).encode()
    answer = operator.client("lambda").invoke(FunctionName=FUNCTION, Payload=payload)
    assert "FunctionError" not in answer, answer["Payload"].read()


def test_age_of_the_insights_is_in_the_log_as_a_metric(operator: Operator) -> None:
    """After the pass of another test."""
    events = operator.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{FUNCTION}")["events"]
    (line, *_) = [json.loads(event["message"]) for event in events if '"InsightAge"' in event["message"]]
    assert line["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "InsightAge", "Unit": "Seconds"}]
    assert 0 < line["InsightAge"] < 3600


def test_an_alarm_tells_the_topic(operator: Operator) -> None:
    """The emulator evaluates an alarm of one metric; its topic tells a queue as it would tell an operator."""
    sqs, sns, cloudwatch = (operator.client(service) for service in ("sqs", "sns", "cloudwatch"))
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    topic = operator.variables["FAILURE_TOPIC_ARN"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(from_topics(arn))})
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    cloudwatch.put_metric_data(
        Namespace="TodoApi/Pipeline", MetricData=[{"MetricName": "LinesQuarantined", "Unit": "Count", "Value": 2}]
    )
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["AlarmName"], told["NewStateValue"]) == ("todo-local-quarantined-lines", "ALARM")
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=queue)


def from_topics(queue: str) -> dict[str, Any]:
    """A queue's policy that lets topics send to it."""
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    return {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": queue}]}


def test_pages_and_their_files_come_through_the_front_door(operator: Operator) -> None:
    endpoint = operator.variables["API_ENDPOINT"]
    page = requests.get(f"{endpoint}/docs", timeout=SHORTLY)
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert len(files) >= 4
    assert {requests.get(f"{endpoint}{file}", timeout=SHORTLY).status_code for file in files} == {200}
    image = requests.get(
        f"{endpoint}/static/drf_spectacular_sidecar/swagger-ui-dist/favicon-32x32.png", timeout=SHORTLY
    )
    assert image.content.startswith(b"\x89PNG")


def test_links_in_headers_lead_to_the_printed_address(operator: Operator) -> None:
    endpoint = operator.variables["API_ENDPOINT"]
    who = ("links@example.com", "--password", PASSWORD)
    operator.succeed("manage", "local", "createuser", *who)
    token = operator.succeed("manage", "local", "token", *who).strip()
    by = {"Authorization": f"Bearer {token}"}
    for title in ("One", "Two"):
        made = requests.post(f"{endpoint}/api/v1/tasks", json={"title": title}, headers=by, timeout=SHORTLY)
        assert made.status_code == HTTPStatus.CREATED
    page = requests.get(f"{endpoint}/api/v1/tasks?limit=1", headers=by, timeout=SHORTLY)
    following = page.links["next"]["url"]
    assert following.startswith(f"{endpoint}/api/v1/tasks?")
    assert [task["title"] for task in requests.get(following, headers=by, timeout=SHORTLY).json()] == ["One"]


def test_a_body_without_a_length_is_refused(operator: Operator) -> None:
    answer = requests.post(f"{operator.variables['API_ENDPOINT']}/api/v1/tasks", data=iter([b"{}"]), timeout=SHORTLY)
    assert (answer.status_code, "Content-Length is required" in answer.text) == (HTTPStatus.LENGTH_REQUIRED, True)


def test_rollback_brings_the_former_code_back(operator: Operator) -> None:
    good = code_of(operator)
    refused = operator.run("zappa", "local", "rollback", "-n", "1")
    assert (refused.returncode, "There is no version to roll back to" in refused.stderr) == (1, True), refused.stderr
    operator.client("lambda").update_function_code(FunctionName=FUNCTION, ZipFile=NO_CODE, Publish=True)
    assert code_of(operator) != good
    assert health(operator).status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    operator.succeed("zappa", "local", "rollback", "-n", "1")
    assert code_of(operator) == good
    assert health(operator).json()["status"] == "ok"


def test_a_command_of_the_operators_reaches_the_stage(operator: Operator) -> None:
    made = operator.succeed("manage", "local", "createuser", "by-the-operator@example.com", "--password", PASSWORD)
    assert "Profile: created" in made
    assert "0 messages remain." in operator.succeed("manage", "local", "redrive")
    refused = operator.run("manage", "local", "backfill", "s3://no-such-bucket/AWSDynamoDB/1/")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "`manage.py backfill s3://no-such-bucket/AWSDynamoDB/1/` failed" in refused.stderr


def test_backfill_takes_an_export_of_the_deployed_table(operator: Operator) -> None:
    """After the pass of another test, so that silver has all but what came since."""
    names, dynamodb = operator.variables, operator.client("dynamodb")
    table = dynamodb.describe_table(TableName=names["TABLE_NAME"])["Table"]
    begun = dynamodb.export_table_to_point_in_time(
        TableArn=table["TableArn"], S3Bucket=names["LAKE_BUCKET"], S3Prefix="exports/table"
    )["ExportDescription"]
    done = dynamodb.describe_export(ExportArn=begun["ExportArn"])["ExportDescription"]
    assert done["ExportStatus"] == "COMPLETED"
    folder = f"s3://{names['LAKE_BUCKET']}/exports/table/AWSDynamoDB/{done['ExportArn'].rpartition('/')[2]}/"
    said = operator.succeed("manage", "local", "backfill", folder)
    counted = re.search(r"^(\d+) items: (\d+) events created, (\d+) already in silver", said, re.MULTILINE)
    assert counted, said
    items, made, held = map(int, counted.groups())
    assert (items, made + held > 0) == (done["ItemCount"], True)


@pytest.mark.parametrize("command", ["zappa", "manage"])
def test_a_command_without_anything_to_run_says_what_it_wants(operator: Operator, command: str) -> None:
    refused = operator.run(command, "local")
    assert (refused.returncode, refused.stderr[:31]) == (1, "Nothing to run: give it as RUN=")


def health(operator: Operator) -> requests.Response:
    return requests.get(f"{operator.variables['API_ENDPOINT']}/health", timeout=SHORTLY)


def test_log_names_no_path_and_no_address(operator: Operator) -> None:
    requests.get(f"{operator.variables['API_ENDPOINT']}/api/v1/tasks/a-path-that-somebody-typed", timeout=SHORTLY)
    events = operator.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{FUNCTION}")["events"]
    lines = [event["message"] for event in events]
    assert any('"route": "api/v1/tasks/' in line for line in lines)
    assert not [line for line in lines if "somebody-typed" in line or "127.0.0.1 - -" in line]
