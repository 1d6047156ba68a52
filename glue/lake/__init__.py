"""The lake's bookkeeping: what a pass starts from, and how it is committed. Uses boto3 only, no Spark."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Lake:
    """A lake's bucket, its silver database, and the clients for them."""

    s3: "S3Client"
    glue: "GlueClient"
    bucket: str
    database: str
