"""What whoever queries Athena must be allowed, as Athena reads catalog and lake in the caller's name."""

# https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html and
# https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
QUERIES = ("athena:GetQueryExecution", "athena:GetQueryResults", "athena:StartQueryExecution")
CATALOG_READS = ("glue:GetDatabase", "glue:GetDatabases", "glue:GetPartitions", "glue:GetTable", "glue:GetTables")
CATALOG_WRITES = (
    "glue:BatchCreatePartition",
    "glue:BatchDeletePartition",
    "glue:BatchDeleteTableVersion",
    "glue:CreateTable",
    "glue:DeleteTable",
    "glue:GetTableVersions",
    "glue:UpdateTable",
)
OBJECT_WRITES = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")
BUCKET_READS = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
