"""The policy on its way to the function: AWS AppConfig, apart from the code."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_appconfig as appconfig
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment


class PolicyDelivery(Construct):
    """Application, environment and profile stay; a new policy is a new hosted version and a new deployment of it.

    AppConfig refuses to deploy a version that its ``schema`` (a validator) does not accept.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: Deployment, policy: str, schema: str
    ) -> None:
        super().__init__(scope, construct_id)
        rollout = deployment.policy_rollout
        name = f"suture-{deployment.environment}"
        application = appconfig.CfnApplication(
            self, "Application", name=name, description="Which findings are remediated, how, and where"
        )
        environment = appconfig.CfnEnvironment(
            self, "Environment", application_id=application.ref, name=deployment.environment
        )
        profile = appconfig.CfnConfigurationProfile(
            self,
            "Profile",
            application_id=application.ref,
            name="policy",
            location_uri="hosted",
            type="AWS.Freeform",
            validators=[appconfig.CfnConfigurationProfile.ValidatorsProperty(type="JSON_SCHEMA", content=schema)],
        )
        version = appconfig.CfnHostedConfigurationVersion(
            self,
            "Version",
            application_id=application.ref,
            configuration_profile_id=profile.ref,
            content_type="application/json",
            content=policy,
        )
        if not deployment.disposable:
            # A roll-back deploys an earlier version, which must still be there.
            version.apply_removal_policy(RemovalPolicy.RETAIN)
        strategy = appconfig.CfnDeploymentStrategy(
            self,
            "Strategy",
            name=name,
            deployment_duration_in_minutes=rollout.minutes,
            growth_factor=rollout.growth_percent,
            growth_type="LINEAR",
            final_bake_time_in_minutes=rollout.bake_minutes,
            replicate_to="NONE",
        )
        self.deployment = appconfig.CfnDeployment(
            self,
            "Deployment",
            application_id=application.ref,
            environment_id=environment.ref,
            configuration_profile_id=profile.ref,
            configuration_version=version.ref,
            deployment_strategy_id=strategy.ref,
        )
        self.application_id = application.ref
        self.environment_id = environment.ref
        self.profile_id = profile.ref

    def fetch(self) -> iam.PolicyStatement:
        """Permission to fetch this one configuration in this one environment."""
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
        configuration = Stack.of(self).format_arn(
            service="appconfig",
            resource="application",
            resource_name=f"{self.application_id}/environment/{self.environment_id}/configuration/{self.profile_id}",
        )
        return iam.PolicyStatement(
            actions=["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"],
            resources=[configuration],
        )
