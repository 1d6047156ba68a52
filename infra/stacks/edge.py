"""Whatever invokes the function that Zappa made: an HTTP API, and schedules."""

import json

from aws_cdk import ArnFormat, CfnOutput, Stack
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import Settings
from infra.stacks.log_groups import log_group

# No path, because it may contain anything. The function's own log names the route.
ACCESS_LOG_FIELDS = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "function_latency_ms": "$context.integrationLatency",
    "bytes": "$context.responseLength",
    "error": "$context.integrationErrorMessage",
}


# When Zappa's handler runs which function.
SCHEDULES = {
    "tasks.scheduled.finish_erasures": "rate(1 hour)",
    "tasks.scheduled.measure_freshness": "rate(15 minutes)",
}


class EdgeStack(Stack):
    """The API's stage is `$default`, so that addresses carry no prefix."""

    def __init__(self, scope: Construct, settings: Settings, *, key: kms.IKey) -> None:
        super().__init__(scope, settings.stack_name("edge"))
        function_arn = self.format_arn(
            service="lambda",
            resource="function",
            resource_name=settings.api_function,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        api = gateway.CfnApi(self, "HttpApi", name=settings.api_function, protocol_type="HTTP")
        integration = gateway.CfnIntegration(
            self,
            "Function",
            api_id=api.ref,
            integration_type="AWS_PROXY",
            integration_uri=function_arn,
            payload_format_version="2.0",
            timeout_in_millis=30_000,
        )
        gateway.CfnRoute(
            self,
            "EveryRoute",
            api_id=api.ref,
            route_key="$default",
            authorization_type="NONE",
            target=f"integrations/{integration.ref}",
        )
        access_log = log_group(self, "AccessLog", key)
        gateway.CfnStage(
            self,
            "Stage",
            api_id=api.ref,
            stage_name="$default",
            auto_deploy=True,
            default_route_settings=gateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=settings.requests_per_second,
                throttling_burst_limit=settings.burst_requests,
                detailed_metrics_enabled=True,
            ),
            access_log_settings=gateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=access_log.log_group_arn, format=self.to_json_string(ACCESS_LOG_FIELDS)
            ),
        )
        lambda_.CfnPermission(
            self,
            "Invocation",
            action="lambda:InvokeFunction",
            function_name=settings.api_function,
            principal="apigateway.amazonaws.com",
            source_arn=self.format_arn(service="execute-api", resource=api.ref, resource_name="*"),
        )
        for function, schedule in SCHEDULES.items():
            self._schedule(function_arn, settings, function, schedule)
        self.api_id = api.ref
        CfnOutput(self, "HttpApiUrl", value=api.attr_api_endpoint)

    def _schedule(self, function_arn: str, settings: Settings, function: str, schedule: str) -> None:
        """Has EventBridge invoke the function with a command of Zappa's handler.

        Zappa's own schedules would pass the function's role to EventBridge, which that role does not trust.
        """
        name = f"{settings.api_function}-{function}"
        target = events.CfnRule.TargetProperty(arn=function_arn, id="function", input=json.dumps({"command": function}))
        construct = "".join(word.title() for word in function.rpartition(".")[2].split("_"))
        rule = events.CfnRule(
            self,
            construct,
            name=name,
            schedule_expression=schedule,
            state="ENABLED" if settings.scheduled else "DISABLED",
            targets=[target],
        )
        lambda_.CfnPermission(
            self,
            f"{construct}Invocation",
            action="lambda:InvokeFunction",
            function_name=settings.api_function,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )
