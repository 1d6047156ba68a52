"""The API's front door: an HTTP API for the function that Zappa made."""

from aws_cdk import ArnFormat, CfnOutput, Stack
from aws_cdk import aws_apigatewayv2 as gateway
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


class EdgeStack(Stack):
    """Its stage is `$default`, so that addresses carry no prefix."""

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
        self.api_id = api.ref
        CfnOutput(self, "HttpApiUrl", value=api.attr_api_endpoint)
