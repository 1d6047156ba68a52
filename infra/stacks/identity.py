"""The user pool for sign-in, and the secret that makes users' keys in the lake."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import Settings
from infra.stacks.retention import data_removal_policy


class IdentityStack(Stack):
    def __init__(self, scope: Construct, settings: Settings, *, key: kms.IKey) -> None:
        super().__init__(scope, settings.stack_name("identity"))
        self.user_pool = cognito.UserPool(
            self,
            "UserPool",
            sign_in_aliases=cognito.SignInAliases(email=True),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            password_policy=cognito.PasswordPolicy(
                min_length=12, require_digits=True, require_lowercase=True, require_symbols=True, require_uppercase=True
            ),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True)
            ),
            removal_policy=data_removal_policy(settings),
            deletion_protection=settings.retain_data,
        )
        self.client = self.user_pool.add_client(
            "Client",
            auth_flows=cognito.AuthFlow(admin_user_password=True, user_srp=True),
            id_token_validity=Duration.hours(1),
            access_token_validity=Duration.hours(1),
            prevent_user_existence_errors=True,
            # Nobody is sent to a hosted sign-in page.
            disable_o_auth=True,
        )
        cognito.CfnUserPoolGroup(
            self,
            "Analysts",
            user_pool_id=self.user_pool.user_pool_id,
            group_name="analysts",
            description="May read the organization's insights.",
        )
        self.user_key_secret = secretsmanager.Secret(
            self,
            "UserKeySecret",
            description="Key of the HMAC that turns a Cognito sub into the lake's user_id.",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            encryption_key=key,
            removal_policy=data_removal_policy(settings),
        )
        CfnOutput(self, "UserPoolId", value=self.user_pool.user_pool_id)
        CfnOutput(self, "ClientId", value=self.client.user_pool_client_id)
        CfnOutput(self, "UserKeySecretId", value=self.user_key_secret.secret_arn)
