"""Athena's workgroup for dbt, analysts and the publish step."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import GOLD_DATABASE, STAGING_DATABASE, WORKGROUP, Settings


class InsightsStack(Stack):
    def __init__(self, scope: Construct, settings: Settings, *, bucket: s3.IBucket) -> None:
        super().__init__(scope, settings.stack_name("insights"))
        workgroup = athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=WORKGROUP,
            recursive_delete_option=not settings.retain_data,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                # dbt-athena sets its own output location, so the workgroup must not override it.
                enforce_work_group_configuration=False,
                publish_cloud_watch_metrics_enabled=True,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{bucket.bucket_name}/athena-results/"
                ),
            ),
        )
        CfnOutput(self, "AthenaWorkgroup", value=workgroup.name)
        CfnOutput(self, "GoldDatabase", value=GOLD_DATABASE)
        CfnOutput(self, "StagingDatabase", value=STAGING_DATABASE)
