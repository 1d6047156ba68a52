"""Findings that stay, each with its reason. ADR 33 says when one may be added."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """rule, resource: regular expressions for the whole of the rule's id and of the resource's name."""

    rule: str
    why: str
    resource: str = ".*"

    def covers(self, finding: "Finding") -> bool:
        found = re.fullmatch(self.rule, finding.rule) and re.fullmatch(self.resource, finding.resource)
        return found is not None


@dataclass(frozen=True)
class Finding:
    """rule: as the scanner spells it. resource: a construct's path, or a template's type and logical id."""

    rule: str
    resource: str


def covering(finding: Finding, accepted: Iterable[Accepted]) -> Accepted | None:
    """The first entry that covers the finding."""
    return next((entry for entry in accepted if entry.covers(finding)), None)


def unneeded(findings: Sequence[Finding], accepted: Iterable[Accepted]) -> list[Accepted]:
    """The entries that cover nothing any more."""
    return [entry for entry in accepted if not any(entry.covers(finding) for finding in findings)]


# At most eight.
CDK_NAG = (
    Accepted(
        "AwsSolutions-APIG4",
        "The function verifies each token itself, before any call to AWS, and answers 401 as a problem document, "
        "which an authorizer can not; health, documents and sign-in are public by contract. "
        "tests/api/test_tokens.py tries every forgery.",
        ".*/EveryRoute",
    ),
    Accepted(
        "AwsSolutions-COG2",
        "The contract's sign-in is e-mail and password; a second factor is a change of the contract.",
        ".*/UserPool/Resource",
    ),
    Accepted(
        "AwsSolutions-COG8",
        "The Plus plan costs $0.02 for each active user a month (https://aws.amazon.com/cognito/pricing/), more "
        "than all else a user costs. Refused sign-ins are throttled by Cognito in every plan.",
        ".*/UserPool/Resource",
    ),
    Accepted(
        "AwsSolutions-L1",
        "The zips hold bytecode and wheels of the Python that every test ran on, which is 3.11; Lambda supports it "
        "(https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html). tests/infra/test_stacks.py keeps "
        "runtime and tests the same.",
        ".*/Cdc/Resource",
    ),
    Accepted(
        "AwsSolutions-SMG4",
        "The key of the user keys names users in the lake for ever, so that rotating it would lose their history; "
        "the key that signs cursors is replaced by a deployment. docs/how-to/maintain.md has both.",
        ".*/(UserKeySecret|DjangoSecretKey)/Resource",
    ),
    Accepted(
        "AwsSolutions-SQS3",
        "It is itself where the stream's failed batches go; tests/infra/test_stacks.py checks that.",
        ".*/Undelivered/Resource",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::.+[/:]\*\]",
        "Objects, log streams, indexes or tables below a name of ours. tests/pipeline/test_least_privilege.py "
        "compares actions and resources with the calls on the wire.",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::\*\]",
        "Actions for which AWS knows no resource; tests/infra/test_stacks.py lists them, with AWS's pages.",
        ".*/(CdcRole|SilverRole|PublishRole|ReconcileRole|Pass/Role)/DefaultPolicy/Resource",
    ),
)

CHECKOV = (
    Accepted(
        "CKV_AWS_18",
        "It is where access logs go; a log of its own writing would never end.",
        "AWS::S3::Bucket.AccessLogs.*",
    ),
    Accepted(
        "CKV_AWS_21",
        "A former version of an object would keep what an erased user left. What is lost comes back by a backfill "
        "from the table, which has point-in-time recovery.",
        "AWS::S3::Bucket.(Bucket|AccessLogs).*",
    ),
    Accepted(
        "CKV_AWS_26",
        "Messages name a stage, a step and an error, and nobody's data.",
        "AWS::SNS::Topic.*",
    ),
    Accepted(
        "CKV_AWS_27",
        "Encrypted with SQS's own key, which the check does not know; a message names places in the stream, and "
        "nobody's data.",
        "AWS::SQS::Queue.Undelivered.*",
    ),
    Accepted(
        "CKV_AWS_82",
        "dbt-athena names the place of each result, so the workgroup can not; the bucket encrypts whatever is put "
        "there.",
        "AWS::Athena::WorkGroup.Workgroup",
    ),
    Accepted(
        "CKV_AWS_115",
        "The stream has few shards, and one invocation at a time works on each; a reservation would only take from "
        "others.",
        "AWS::Lambda::Function.Cdc.*",
    ),
    Accepted(
        "CKV_AWS_116",
        "It is called by the event source mapping alone, which has a queue for what fails; the function's own "
        "queue serves asynchronous calls.",
        "AWS::Lambda::Function.Cdc.*",
    ),
    Accepted(
        "CKV_AWS_117",
        "It calls Firehose and Secrets Manager, which are no part of a VPC, and nothing calls it from one.",
        "AWS::Lambda::Function.Cdc.*",
    ),
    Accepted(
        "CKV_AWS_119",
        "Encrypted with DynamoDB's own key. Whoever may read the table would be allowed a key of ours too, and "
        "each call would depend on one more service (ADR 32).",
        "AWS::DynamoDB::Table.*",
    ),
    Accepted(
        "CKV_AWS_173",
        "Its variables are names of other resources; the secret itself is read from Secrets Manager.",
        "AWS::Lambda::Function.Cdc.*",
    ),
)
