"""Accepted findings, each with its reason. ADR 33 says when one may be added."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """rule, resource: regular expressions that match a whole rule id and a whole resource name."""

    rule: str
    why: str
    resource: str = ".*"

    def covers(self, finding: "Finding") -> bool:
        found = re.fullmatch(self.rule, finding.rule) and re.fullmatch(self.resource, finding.resource)
        return found is not None


@dataclass(frozen=True)
class Finding:
    """rule: the scanner's id. resource: a construct's path, or a resource's type and logical id."""

    rule: str
    resource: str


def covering(finding: Finding, accepted: Iterable[Accepted]) -> Accepted | None:
    """The first entry that covers the finding."""
    return next((entry for entry in accepted if entry.covers(finding)), None)


def unneeded(findings: Sequence[Finding], accepted: Iterable[Accepted]) -> list[Accepted]:
    """The entries that no longer cover anything."""
    return [entry for entry in accepted if not any(entry.covers(finding) for finding in findings)]


# At most eight entries.
CDK_NAG = (
    Accepted(
        "AwsSolutions-APIG4",
        "The function verifies each token itself, before any call to AWS, and responds 401 with a problem document, "
        "which an authorizer can't. Health, documents and sign-in are public by contract. "
        "tests/api/test_tokens.py tries every forgery.",
        ".*/EveryRoute",
    ),
    Accepted(
        "AwsSolutions-COG2",
        "The contract defines sign-in by e-mail and password; a second factor would change it.",
        ".*/UserPool/Resource",
    ),
    Accepted(
        "AwsSolutions-COG8",
        "The Plus plan costs $0.02 for each active user a month (https://aws.amazon.com/cognito/pricing/), more "
        "than everything else per user. Cognito throttles failed sign-ins in every plan.",
        ".*/UserPool/Resource",
    ),
    Accepted(
        "AwsSolutions-L1",
        "The zips hold bytecode and wheels of the Python that every test ran on, which is 3.11; Lambda supports it "
        "(https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html). tests/infra/test_stacks.py keeps "
        "the versions equal.",
        ".*/Cdc/Resource",
    ),
    Accepted(
        "AwsSolutions-SMG4",
        "The key of the user keys identifies users in the lake forever, so rotating it would lose their history. "
        "A deployment can replace the key that signs cursors. docs/how-to/maintain.md describes both.",
        ".*/(UserKeySecret|DjangoSecretKey)/Resource",
    ),
    Accepted(
        "AwsSolutions-SQS3",
        "It is itself the dead-letter queue of the stream's failed batches; tests/infra/test_stacks.py checks that.",
        ".*/Undelivered/Resource",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::.+[/:]\*\]",
        "Objects, log streams, indexes or tables under our own names. tests/pipeline/test_least_privilege.py "
        "compares actions and resources with the actual calls.",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::\*\]",
        "Actions without resource-level permissions on AWS; tests/infra/test_stacks.py lists them with AWS's pages.",
        ".*/(CdcRole|SilverRole|PublishRole|ReconcileRole|Pass/Role)/DefaultPolicy/Resource",
    ),
)

CHECKOV = (
    Accepted(
        "CKV_AWS_18",
        "It holds the access logs; logging its own writes would never end.",
        "AWS::S3::Bucket.AccessLogs.*",
    ),
    Accepted(
        "CKV_AWS_21",
        "Old versions of objects would keep an erased user's data. A backfill from the table, which has "
        "point-in-time recovery, restores lost events.",
        "AWS::S3::Bucket.(Bucket|AccessLogs).*",
    ),
    Accepted(
        "CKV_AWS_26",
        "Messages name a stage, a step and an error, but contain no user data.",
        "AWS::SNS::Topic.*",
    ),
    Accepted(
        "CKV_AWS_27",
        "Encrypted with SQS's own key, which the check does not recognize. A message names positions in the stream "
        "and contains no user data.",
        "AWS::SQS::Queue.Undelivered.*",
    ),
    Accepted(
        "CKV_AWS_82",
        "dbt-athena sets the location of each result, so the workgroup must not enforce one. The bucket encrypts "
        "every object.",
        "AWS::Athena::WorkGroup.Workgroup",
    ),
    Accepted(
        "CKV_AWS_115",
        "The stream has few shards, and each has one invocation at a time. A reservation would only take "
        "concurrency from other functions.",
        "AWS::Lambda::Function.Cdc.*",
    ),
    Accepted(
        "CKV_AWS_116",
        "Only the event source mapping calls it, which has its own queue for failures. The function's own queue "
        "serves asynchronous calls.",
        "AWS::Lambda::Function.Cdc.*",
    ),
    Accepted(
        "CKV_AWS_117",
        "It calls Firehose and Secrets Manager, which are outside any VPC, and no VPC calls it.",
        "AWS::Lambda::Function.Cdc.*",
    ),
    Accepted(
        "CKV_AWS_119",
        "Encrypted with DynamoDB's own key. Every reader of the table would need access to a key of ours, and "
        "each call would depend on one more service (ADR 32).",
        "AWS::DynamoDB::Table.*",
    ),
    Accepted(
        "CKV_AWS_173",
        "Its variables only name other resources; it reads the secret itself from Secrets Manager.",
        "AWS::Lambda::Function.Cdc.*",
    ),
)
