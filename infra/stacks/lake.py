"""The lake: one bucket, the silver tables in the Glue catalog, and the job that fills them."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, CfnOutput, Duration, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from glue.job.schemas import CATALOG, PARTITION_KEYS, Column
from glue.lake.erasures import PARTITION as ERASURES
from glue.lake.metrics import NAMESPACE as PIPELINE_METRICS
from infra.config import GOLD_DATABASE, SILVER_DATABASE, STAGING_DATABASE, TABLE_NAME, Settings
from infra.packaging import ROOT, glue_folder
from infra.stacks.permissions import WRITE, allow, allow_key, allow_metrics
from infra.stacks.retention import data_removal_policy

HIVE = "org.apache.hadoop.hive.ql.io"
PARQUET = glue.CfnTable.StorageDescriptorProperty(
    input_format=f"{HIVE}.parquet.MapredParquetInputFormat",
    output_format=f"{HIVE}.parquet.MapredParquetOutputFormat",
    serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library=f"{HIVE}.parquet.serde.ParquetHiveSerDe"),
)
NDJSON = glue.CfnTable.StorageDescriptorProperty(
    input_format="org.apache.hadoop.mapred.TextInputFormat",
    output_format=f"{HIVE}.HiveIgnoreKeyTextOutputFormat",
    serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library="org.openx.data.jsonserde.JsonSerDe"),
)
# Spark writes large files in parts, and deletes its temporary files.
SILVER_WRITES = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject", "s3:PutObjectTagging")
# https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html
LOG_ACTIONS = ("logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
CATALOG_ACTIONS = (
    "glue:BatchCreatePartition",
    "glue:BatchGetPartition",
    "glue:BatchUpdatePartition",
    "glue:CreatePartition",
    "glue:DeletePartition",
    "glue:GetPartitions",
    "glue:GetTable",
)
# Table -> its folder, its format and the format's name in the catalog.
TABLES = {
    "change_events": ("silver/change_events", PARQUET, "parquet"),
    "silver_commits": ("silver/commits", NDJSON, "json"),
    "quarantine": ("silver/quarantine", NDJSON, "json"),
    "api_requests": ("bronze/logs", NDJSON, "json"),
}


class LakeStack(Stack):
    def __init__(self, scope: Construct, settings: Settings, *, key: kms.IKey) -> None:
        super().__init__(scope, settings.stack_name("lake"))
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=f"todo-lake-{settings.stage}-{self.account}-{self.region}",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            # One data key for many objects keeps requests to KMS few.
            bucket_key_enabled=True,
            enforce_ssl=True,
            server_access_logs_bucket=self._access_logs(settings),
            removal_policy=data_removal_policy(settings),
            lifecycle_rules=_lifecycle(settings),
        )
        databases = {
            name: glue.CfnDatabase(
                self,
                name.title().replace("_", ""),
                catalog_id=self.account,
                database_input=glue.CfnDatabase.DatabaseInputProperty(name=name),
            )
            for name in (SILVER_DATABASE, STAGING_DATABASE, GOLD_DATABASE)
        }
        for table, columns in CATALOG.items():
            self._table(settings, table, columns).add_resource_dependency(databases[SILVER_DATABASE])
        self.silver_job = self._silver_job(settings, key)
        CfnOutput(self, "LakeBucket", value=self.bucket.bucket_name)
        CfnOutput(self, "SilverDatabase", value=SILVER_DATABASE)

    def _table(self, settings: Settings, name: str, columns: Sequence[Column]) -> glue.CfnTable:
        folder, storage, classification = TABLES[name]
        location = f"s3://{self.bucket.bucket_name}/{folder}/"
        return glue.CfnTable(
            self,
            name.title().replace("_", ""),
            catalog_id=self.account,
            database_name=SILVER_DATABASE,
            table_input=glue.CfnTable.TableInputProperty(
                name=name,
                table_type="EXTERNAL_TABLE",
                parameters={
                    "classification": classification,
                    "EXTERNAL": "TRUE",
                    **(self._projection(settings, location) if name == "api_requests" else {}),
                },
                partition_keys=_catalog_columns(PARTITION_KEYS),
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=_catalog_columns(columns),
                    location=location,
                    input_format=storage.input_format,
                    output_format=storage.output_format,
                    serde_info=storage.serde_info,
                ),
            ),
        )

    def _projection(self, settings: Settings, location: str) -> dict[str, str]:
        """Partition projection, because Firehose writes a folder per day and doesn't register it."""
        return {
            "projection.enabled": "true",
            "projection.dt.type": "date",
            "projection.dt.format": "yyyy-MM-dd",
            "projection.dt.range": f"NOW-{settings.bronze_days + 1}DAYS,NOW+1DAYS",
            "storage.location.template": f"{location}dt=${{dt}}/",
        }

    def _access_logs(self, settings: Settings) -> s3.Bucket:
        """The bucket for access logs. S3 can encrypt them only with its own key.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
        """
        return s3.Bucket(
            self,
            "AccessLogs",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            removal_policy=data_removal_policy(settings),
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(settings.log_days),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
        )

    def _silver_job(self, settings: Settings, key: kms.IKey) -> str:
        role = iam.Role(self, "SilverRole", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
        script = assets.Asset(self, "SilverScript", path=str(ROOT / "glue" / "job" / "silver.py"))
        modules = assets.Asset(self, "SilverModules", path=str(glue_folder()))
        for asset in (script, modules):
            allow(role, ("s3:GetObject",), asset.bucket.arn_for_objects(asset.s3_object_key))
        objects = self.bucket.arn_for_objects
        allow(role, ("s3:ListBucket",), self.bucket.bucket_arn)
        allow(role, ("s3:GetObject",), objects("bronze/*"), objects("silver/*"))
        allow(role, SILVER_WRITES, objects("silver/*"))
        allow_key(role, WRITE, key, service="s3")
        allow(role, LOG_ACTIONS, self._glue_logs())
        catalog = ("catalog", f"database/{SILVER_DATABASE}", f"table/{SILVER_DATABASE}/*")
        allow(role, CATALOG_ACTIONS, *(self.format_arn(service="glue", resource=name) for name in catalog))
        allow(
            role,
            ("dynamodb:Query",),
            self.format_arn(service="dynamodb", resource=f"table/{TABLE_NAME}"),
            conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [ERASURES]}},
        )
        allow_metrics(role, PIPELINE_METRICS)
        job = glue.CfnJob(
            self,
            "SilverJob",
            role=role.role_arn,
            security_configuration=self._encryption(settings, key),
            glue_version="5.0",
            worker_type="G.1X",
            number_of_workers=2,
            # A retry must not overlap the next pass.
            max_retries=0,
            execution_property=glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=1),
            timeout=60,
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=script.s3_object_url
            ),
            default_arguments={
                "--job-language": "python",
                "--extra-py-files": modules.s3_object_url,
                "--lake_bucket": self.bucket.bucket_name,
                "--silver_database": SILVER_DATABASE,
                "--table_name": TABLE_NAME,
            },
        )
        CfnOutput(self, "SilverJobName", value=job.ref)
        return job.ref

    def _glue_logs(self) -> str:
        """Glue creates the log groups itself and names them after the security configuration."""
        return self.format_arn(
            service="logs",
            resource="log-group",
            resource_name="/aws-glue/jobs/*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _encryption(self, settings: Settings, key: kms.IKey) -> str:
        """The encryption of the job's objects, logs and bookmarks."""
        of, arn = glue.CfnSecurityConfiguration, key.key_arn
        made = of(
            self,
            "SilverEncryption",
            name=settings.stack_name("silver"),
            encryption_configuration=of.EncryptionConfigurationProperty(
                s3_encryptions=[of.S3EncryptionProperty(s3_encryption_mode="SSE-KMS", kms_key_arn=arn)],
                cloud_watch_encryption=of.CloudWatchEncryptionProperty(
                    cloud_watch_encryption_mode="SSE-KMS", kms_key_arn=arn
                ),
                job_bookmarks_encryption=of.JobBookmarksEncryptionProperty(
                    job_bookmarks_encryption_mode="CSE-KMS", kms_key_arn=arn
                ),
            ),
        )
        return made.ref


def _catalog_columns(columns: Sequence[Column]) -> list[glue.CfnTable.ColumnProperty]:
    return [glue.CfnTable.ColumnProperty(name=column["Name"], type=column["Type"]) for column in columns]


def _lifecycle(settings: Settings) -> list[s3.LifecycleRule]:
    """Expires only what no run reads any more: bronze outlives every pass, and silver and gold have no rule."""
    bronze, results = Duration.days(settings.bronze_days), Duration.days(settings.results_days)
    return [
        s3.LifecycleRule(id="bronze", prefix="bronze/", expiration=bronze),
        s3.LifecycleRule(id="quarantine", prefix="silver/quarantine/", expiration=bronze),
        # dbt reads the ledger since its last run; after a longer gap it loads all of silver again.
        s3.LifecycleRule(id="ledger", prefix="silver/commits/", expiration=bronze),
        s3.LifecycleRule(id="work", prefix="silver/work/", expiration=Duration.days(1)),
        # Files that a later pass replaced; readers of the old partition have time to finish.
        s3.LifecycleRule(id="superseded", tag_filters={"superseded": "true"}, expiration=results),
        s3.LifecycleRule(id="query-results", prefix="athena-results/", expiration=results),
        s3.LifecycleRule(id="exports", prefix="exports/", expiration=Duration.days(1)),
        s3.LifecycleRule(id="uploads", abort_incomplete_multipart_upload_after=Duration.days(1)),
    ]
