"""Synthesises every stack of a stage: `python -m infra.app [STAGE]` writes cdk.out/."""

import sys

from aws_cdk import App, Tags

from infra.config import Settings, settings_of
from infra.scanners import nag
from infra.stacks.api import ApiStack
from infra.stacks.edge import EdgeStack
from infra.stacks.identity import IdentityStack
from infra.stacks.ingest import IngestStack
from infra.stacks.insights import InsightsStack
from infra.stacks.key import KeyStack
from infra.stacks.lake import LakeStack
from infra.stacks.monitoring import MonitoringStack
from infra.stacks.monitoring.metrics import Watched
from infra.stacks.pipeline import PipelineStack
from infra.stacks.table import TableStack

# Grants S3's log delivery access by bucket policy, because new buckets have no access control lists.
FLAGS = {"@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True}


def build(settings: Settings, outdir: str = "cdk.out") -> App:
    app = App(outdir=outdir, analytics_reporting=False, tree_metadata=False, context=FLAGS)
    key = KeyStack(app, settings).key
    identity = IdentityStack(app, settings, key=key)
    table = TableStack(app, settings)
    lake = LakeStack(app, settings, key=key)
    ingest = IngestStack(
        app,
        settings,
        key=key,
        table=table.table,
        user_key_secret=identity.user_key_secret,
        bucket=lake.bucket,
    )
    InsightsStack(app, settings, bucket=lake.bucket)
    ApiStack(
        app,
        settings,
        key=key,
        table=table.table,
        user_pool=identity.user_pool,
        user_key_secret=identity.user_key_secret,
        bucket=lake.bucket,
        log_stream=ingest.log_stream,
    )
    pipeline = PipelineStack(
        app,
        settings,
        key=key,
        table=table.table,
        user_pool=identity.user_pool,
        user_key_secret=identity.user_key_secret,
        bucket=lake.bucket,
        silver_job=lake.silver_job,
    )
    edge = EdgeStack(app, settings, key=key)
    watched = Watched(
        api_id=edge.api_id,
        api_function=settings.api_function,
        cdc_function=ingest.function.function_name,
        event_stream=ingest.event_stream.ref,
        log_stream=ingest.log_stream.ref,
        failure_queue=ingest.failures.queue_name,
        table=table.table.table_name,
        bucket=lake.bucket.bucket_name,
        silver_job=lake.silver_job,
        pipeline=pipeline.machine.state_machine_arn,
        maintenance=pipeline.maintenance.project_name,
        reconciliation=pipeline.reconciliation.project_name,
    )
    MonitoringStack(app, settings, watched=watched, topic=pipeline.failures)
    for name, value in settings.tags().items():
        Tags.of(app).add(name, value)
    nag.watch(app)
    return app


def main() -> None:
    stage, outdir = [*sys.argv[1:], *("local", "cdk.out")[len(sys.argv) - 1 :]]
    build(settings_of(stage), outdir).synth()


if __name__ == "__main__":
    main()
