"""AWS's public prices in us-east-1, in dollars, without free tiers, each with its source page."""

from dataclasses import dataclass
from typing import Final

PRICED_ON: Final = "January 2025"
PRICING: Final = "https://aws.amazon.com"


@dataclass(frozen=True)
class Price:
    """dollars for one `unit`."""

    service: str
    what: str
    dollars: float
    unit: str
    page: str


def price(service: str, what: str, dollars: float, unit: str, page: str) -> Price:
    return Price(service, what, dollars, unit, f"{PRICING}/{page}")


DYNAMODB, LAMBDA, GATEWAY, COGNITO = "DynamoDB", "Lambda", "API Gateway", "Cognito"
FIREHOSE, S3, GLUE, CODEBUILD, ATHENA = "Firehose", "S3", "Glue", "CodeBuild", "Athena"
CLOUDWATCH, STATES, SECRETS, KEYS = "CloudWatch", "Step Functions", "Secrets Manager", "KMS"

WRITE_UNIT = price(DYNAMODB, "write unit, on demand", 0.625e-6, "unit", "dynamodb/pricing/on-demand/")
READ_UNIT = price(DYNAMODB, "read unit, on demand", 0.125e-6, "unit", "dynamodb/pricing/on-demand/")
TABLE_GB = price(DYNAMODB, "storage", 0.25, "GB and month", "dynamodb/pricing/on-demand/")
RECOVERY_GB = price(DYNAMODB, "point-in-time recovery", 0.20, "GB and month", "dynamodb/pricing/on-demand/")
INVOCATION = price(LAMBDA, "request", 0.20e-6, "request", "lambda/pricing/")
GB_SECOND = price(LAMBDA, "duration, x86", 0.0000166667, "GB-second", "lambda/pricing/")
REQUEST = price(GATEWAY, "HTTP API call", 1.00e-6, "request", "api-gateway/pricing/")
ACTIVE_USER = price(COGNITO, "monthly active user above 10,000, Essentials", 0.015, "user", "cognito/pricing/")
INGESTED_GB = price(FIREHOSE, "ingestion, in steps of 5 KB per record", 0.029, "GB", "firehose/pricing/")
STORED_GB = price(S3, "Standard storage", 0.023, "GB and month", "s3/pricing/")
PUT = price(S3, "PUT, COPY, POST or LIST request", 0.005e-3, "request", "s3/pricing/")
GET = price(S3, "GET request", 0.0004e-3, "request", "s3/pricing/")
DPU_HOUR = price(GLUE, "Spark job", 0.44, "DPU-hour", "glue/pricing/")
BUILD_MINUTE = price(CODEBUILD, "general1.small, Linux", 0.005, "minute", "codebuild/pricing/")
SCANNED_TB = price(ATHENA, "scanned, at least 10 MB per query", 5.00, "TB", "athena/pricing/")
LOGGED_GB = price(CLOUDWATCH, "log lines", 0.50, "GB", "cloudwatch/pricing/")
METRIC = price(CLOUDWATCH, "custom metric", 0.30, "metric and month", "cloudwatch/pricing/")
ALARM = price(CLOUDWATCH, "alarm, for each metric in it", 0.10, "metric and month", "cloudwatch/pricing/")
TRANSITION = price(STATES, "state transition", 0.025e-3, "transition", "step-functions/pricing/")
SECRET = price(SECRETS, "secret", 0.40, "secret and month", "secrets-manager/pricing/")
KEY = price(
    KEYS,
    "customer managed key; each of its first two yearly rotations adds as much",
    1.00,
    "key and month",
    "kms/pricing/",
)

ALL: Final = (
    WRITE_UNIT, READ_UNIT, TABLE_GB, RECOVERY_GB, INVOCATION, GB_SECOND, REQUEST, ACTIVE_USER, INGESTED_GB, STORED_GB,
    PUT, GET, DPU_HOUR, BUILD_MINUTE, SCANNED_TB, LOGGED_GB, METRIC, ALARM, TRANSITION, SECRET, KEY,
)  # fmt: skip
