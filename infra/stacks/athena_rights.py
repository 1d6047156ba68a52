"""The permissions for Athena queries: Athena accesses catalog and lake with the caller's permissions."""

# https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html and
# https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
QUERIES = ("athena:GetQueryExecution", "athena:GetQueryResults", "athena:StartQueryExecution")
CATALOG_READS = (
    "glue:BatchGetPartition",
    "glue:GetDatabase",
    "glue:GetDatabases",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
)
# Of the database `default` and the catalog: Athena asks for them before any DDL, whichever database it is about.
DEFAULT_DATABASE_READS = ("glue:GetDatabase",)
CATALOG_WRITES = (
    "glue:BatchCreatePartition",
    "glue:BatchDeletePartition",
    "glue:CreateTable",
    "glue:DeleteTable",
    "glue:DeleteTableVersion",
    "glue:GetTableVersions",
    "glue:UpdateTable",
)
OBJECT_WRITES = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")
BUCKET_READS = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
