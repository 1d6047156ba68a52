"""The scheduled pass: wait for bronze, Glue job, dbt, publish, in sequence. One pass runs at a time."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, CfnOutput, Duration, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as sfn_tasks
from constructs import Construct

from glue.lake.metrics import NAMESPACE as PIPELINE_METRICS
from infra.config import GOLD_DATABASE, SILVER_DATABASE, STAGING_DATABASE, WORKGROUP, Settings
from infra.packaging import pipeline_folder
from infra.pipeline_steps import BRONZE, GOLD, PUBLISH, SILVER
from infra.stacks.athena_rights import (
    BUCKET_READS,
    CATALOG_READS,
    CATALOG_WRITES,
    DEFAULT_DATABASE_READS,
    OBJECT_WRITES,
    QUERIES,
)
from infra.stacks.log_groups import log_group
from infra.stacks.permissions import READ, WRITE, allow, allow_key, allow_metrics

# A transaction needs the permissions of its writes and conditions.
PUBLICATION = (
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)
# https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
SOURCE_OBJECT = ("s3:GetObject", "s3:GetObjectVersion")
SOURCE_BUCKET = ("s3:GetBucketAcl", "s3:GetBucketLocation")
DBT = "dbt --no-use-colors {command} --project-dir analytics_dbt --profiles-dir analytics_dbt"
BUILD = DBT.format(command="build --exclude-resource-type unit_test")
MAINTAIN = DBT.format(command="run-operation maintain")


class PipelineStack(Stack):
    def __init__(
        self,
        scope: Construct,
        settings: Settings,
        *,
        key: kms.IKey,
        table: dynamodb.ITable,
        user_pool: cognito.IUserPool,
        user_key_secret: secretsmanager.ISecret,
        bucket: s3.IBucket,
        silver_job: str,
    ) -> None:
        super().__init__(scope, settings.stack_name("pipeline"))
        self._settings, self._key, self._table, self._secret = settings, key, table, user_key_secret
        self._bucket, self._user_pool = bucket, user_pool
        self._source = assets.Asset(self, "Source", path=str(pipeline_folder()))
        self.failures = sns.Topic(self, "Failures", enforce_ssl=True)
        self.machine = machine = self._machine(self._steps(silver_job))
        self.maintenance, self.reconciliation = self._maintenance(), self._reconciliation()
        for name, schedule, target in (
            ("Schedule", settings.pipeline_schedule, targets.SfnStateMachine(machine)),
            ("WeeklyMaintenance", settings.maintenance_schedule, targets.CodeBuildProject(self.maintenance)),
            ("DailyReconciliation", settings.reconciliation_schedule, targets.CodeBuildProject(self.reconciliation)),
        ):
            events.Rule(
                self, name, schedule=events.Schedule.expression(schedule), enabled=settings.scheduled, targets=[target]
            )
        CfnOutput(self, "PipelineArn", value=machine.state_machine_arn)
        CfnOutput(self, "FailureTopicArn", value=self.failures.topic_arn)

    def _steps(self, silver_job: str) -> list[sfn.TaskStateBase]:
        """The steps, in the order of infra.pipeline_steps.STEPS."""
        silver = sfn_tasks.GlueStartJobRun(
            self, SILVER, glue_job_name=silver_job, integration_pattern=sfn.IntegrationPattern.RUN_JOB
        )
        return [
            self._build_step(BRONZE, self._bronze_project()),
            silver,
            self._build_step(GOLD, self._gold()),
            self._build_step(PUBLISH, self._publish_project()),
        ]

    def _build_step(self, name: str, project: codebuild.Project) -> sfn.TaskStateBase:
        """A build whose AS_OF is the start time of the pass's execution."""
        as_of = codebuild.BuildEnvironmentVariable(value=sfn.JsonPath.string_at("$$.Execution.StartTime"))
        return sfn_tasks.CodeBuildStartBuild(
            self,
            name,
            project=project,
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            environment_variables_override={"AS_OF": as_of},
            result_path=sfn.JsonPath.DISCARD,
        )

    def _machine(self, steps: Sequence[sfn.TaskStateBase]) -> sfn.StateMachine:
        """Runs the steps, unless another pass is running: then it ends, and the next pass does its work."""
        tell = sfn_tasks.SnsPublish(
            self,
            "Tell of the failure",
            topic=self.failures,
            message=sfn.TaskInput.from_json_path_at("$"),
            subject=f"Pipeline of {self._settings.stage} failed",
        ).next(sfn.Fail(self, "Failed"))
        for step in steps:
            step.add_retry(
                errors=["States.TaskFailed"],
                interval=Duration.seconds(30),
                max_attempts=2,
                backoff_rate=2,
                jitter_strategy=sfn.JitterType.FULL,
            )
            step.add_catch(tell)
        running = sfn_tasks.CallAwsService(
            self,
            "Look for another pass",
            service="sfn",
            action="listExecutions",
            parameters={
                "StateMachineArn": sfn.JsonPath.string_at("$$.StateMachine.Id"),
                "StatusFilter": "RUNNING",
                "MaxResults": 2,
            },
            iam_action="states:ListExecutions",
            iam_resources=[
                self.format_arn(
                    service="states",
                    resource="stateMachine",
                    resource_name=self._settings.pipeline,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
        )
        alone = sfn.Condition.is_not_present("$.Executions[1]")
        pass_ = sfn.Chain.start(steps[0]).next(steps[1]).next(steps[2]).next(steps[3])
        choice = sfn.Choice(self, "Alone?").when(alone, pass_).otherwise(sfn.Succeed(self, "Another pass runs"))
        return sfn.StateMachine(
            self,
            "Pass",
            state_machine_name=self._settings.pipeline,
            definition_body=sfn.DefinitionBody.from_chainable(running.next(choice)),
            timeout=Duration.hours(3),
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=log_group(self, "PassLogs", self._key), level=sfn.LogLevel.ALL),
        )

    def _bronze_project(self) -> codebuild.Project:
        project, role = self._project("Bronze", "python manage.py waitforbronze")
        bucket = self._bucket
        allow(role, ("dynamodb:DescribeTable",), self._table.table_arn)
        stream = self._table.table_stream_arn or ""
        allow(role, ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"), stream)
        allow(role, ("secretsmanager:GetSecretValue",), self._secret.secret_arn)
        allow_key(role, READ, self._key, service="secretsmanager")
        allow(role, ("s3:ListBucket",), bucket.bucket_arn)
        positions = bucket.arn_for_objects("silver/stream_positions.json")
        allow(role, ("s3:GetObject",), bucket.arn_for_objects("bronze/change_events/*"), positions)
        allow(role, ("s3:PutObject",), positions)
        allow_key(role, WRITE, self._key, service="s3")
        return project

    def _gold_project(self, name: str, command: str) -> tuple[codebuild.Project, iam.Role]:
        project, role = self._project(name, command)
        self._allow_queries(role)
        databases = (STAGING_DATABASE, GOLD_DATABASE)
        allow(role, CATALOG_WRITES, *self._catalog(*databases))
        allow(role, OBJECT_WRITES, self._bucket.arn_for_objects("gold/*"))
        return project, role

    def _gold(self) -> codebuild.Project:
        """The build of gold. Unlike maintenance, it makes dbt-athena look up the workgroup's settings."""
        project, role = self._gold_project("Gold", BUILD)
        allow(role, ("athena:GetWorkGroup",), self._workgroup())
        return project

    def _maintenance(self) -> codebuild.Project:
        project, _role = self._gold_project("Maintenance", MAINTAIN)
        return project

    def _publish_project(self) -> codebuild.Project:
        project, role = self._project("Publish", 'python manage.py publish --as-of "$AS_OF"')
        self._allow_queries(role)
        allow(role, PUBLICATION, self._table.table_arn)
        allow_metrics(role, "TodoApi/CustomMetrics")
        return project

    def _reconciliation(self) -> codebuild.Project:
        project, role = self._project("Reconcile", "python manage.py reconcile")
        self._allow_queries(role)
        allow(role, ("dynamodb:GetItem", "dynamodb:Query"), self._table.table_arn)
        allow(role, ("cognito-idp:ListUsers",), self._user_pool.user_pool_arn)
        allow(role, ("secretsmanager:GetSecretValue",), self._secret.secret_arn)
        allow_key(role, READ, self._key, service="secretsmanager")
        allow_metrics(role, PIPELINE_METRICS)
        return project

    def _allow_queries(self, role: iam.Role) -> None:
        """Allows reading every layer through Athena, and writing result files."""
        bucket = self._bucket
        allow(role, QUERIES, self._workgroup())
        allow(role, CATALOG_READS, *self._catalog(SILVER_DATABASE, STAGING_DATABASE, GOLD_DATABASE))
        allow(role, DEFAULT_DATABASE_READS, *self._catalog("default"))
        allow(role, BUCKET_READS, bucket.bucket_arn)
        layers = ("bronze/logs/*", "silver/*", "gold/*", "athena-results/*")
        allow(role, ("s3:GetObject",), *(bucket.arn_for_objects(layer) for layer in layers))
        allow(role, OBJECT_WRITES, bucket.arn_for_objects("athena-results/*"))
        allow_key(role, WRITE, self._key, service="s3")

    def _workgroup(self) -> str:
        return self.format_arn(service="athena", resource=f"workgroup/{WORKGROUP}")

    def _catalog(self, *databases: str) -> list[str]:
        names = ["catalog", *(f"{kind}" for d in databases for kind in (f"database/{d}", f"table/{d}/*"))]
        return [self.format_arn(service="glue", resource=name) for name in names]

    def _project(self, name: str, command: str) -> tuple[codebuild.Project, iam.Role]:
        """A build of one command, and its role, which may read the source and write the log.

        The project gets an immutable view of the role, so permissions are added only to the role itself.
        """
        build_logs = log_group(self, f"{name}Logs", self._key)
        role = iam.Role(self, f"{name}Role", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
        allow(role, ("logs:CreateLogStream", "logs:PutLogEvents"), build_logs.log_group_arn)
        allow(role, SOURCE_OBJECT, self._source.bucket.arn_for_objects(self._source.s3_object_key))
        allow(role, SOURCE_BUCKET, self._source.bucket.bucket_arn)
        project = codebuild.Project(
            self,
            f"{name}Build",
            role=role.without_policy_updates(),
            source=codebuild.Source.s3(bucket=self._source.bucket, path=self._source.s3_object_key),
            environment=codebuild.BuildEnvironment(build_image=codebuild.LinuxBuildImage.AMAZON_LINUX_2_5),
            environment_variables={
                key: codebuild.BuildEnvironmentVariable(value=value) for key, value in self._variables().items()
            },
            build_spec=codebuild.BuildSpec.from_object(
                {
                    "version": "0.2",
                    "phases": {
                        "install": {
                            "runtime-versions": {"python": "3.11"},
                            "commands": ["pip install --quiet --require-hashes -r requirements.txt"],
                        },
                        "build": {"commands": [command]},
                    },
                }
            ),
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=build_logs)),
            encryption_key=self._key,
            timeout=Duration.hours(1),
        )
        return project, role

    def _variables(self) -> dict[str, str]:
        """The variables of settings and dbt's profile. A step serves no requests, so its host and key are dummies."""
        return {
            "REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "ENVIRONMENT": self._settings.stage,
            "VERSION": "pipeline",
            "DJANGO_SECRET_KEY": "a step of the pipeline signs nothing",  # nosec B105 (no key)
            "ALLOWED_HOSTS": "none",
            "USER_POOL_ID": self._user_pool.user_pool_id,
            "CLIENT_ID": "none",
            "TABLE_NAME": self._table.table_name,
            "USER_KEY_SECRET_ID": self._secret.secret_arn,
            "LAKE_BUCKET": self._bucket.bucket_name,
            "SILVER_DATABASE": SILVER_DATABASE,
            "STAGING_DATABASE": STAGING_DATABASE,
            "GOLD_DATABASE": GOLD_DATABASE,
            "ATHENA_WORKGROUP": WORKGROUP,
        }
