"""Creates the parts of `cdk bootstrap` that the stacks and Zappa need."""

import boto3
from botocore.exceptions import ClientError

from infra.deployment.cloudformation import BOOTSTRAP_PARAMETER

VERSION = "21"


def bootstrap(session: boto3.Session) -> None:
    """Creates the version parameter and the bucket for assets, unless they exist."""
    session.client("ssm").put_parameter(Name=BOOTSTRAP_PARAMETER, Value=VERSION, Type="String", Overwrite=True)
    account = session.client("sts").get_caller_identity()["Account"]
    bucket = f"cdk-hnb659fds-assets-{account}-{session.region_name}"
    s3 = session.client("s3")
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        s3.create_bucket(Bucket=bucket)
