"""The stacks of one environment: ``cdk synth -c env=NAME``. Makes no AWS call and reads no environment variable.

The customer's role is an app of its own (``customer_role/app.py``): it goes to other accounts, and on its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from aws_cdk import App, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from infra.deployment import load_deployment
from infra.lambda_asset import AssetInvalid, build_lambda_asset
from infra.platform_stack import PlatformStack
from infra.policy import load_policy
from infra.policy_schema import compact, policy_schema
from infra.yaml_document import ConfigurationInvalid
from runtime.fixes.catalog import SPECS

REPOSITORY = Path(__file__).resolve().parent
CONFIG = REPOSITORY / "config"


def build(environment: str | None = None, *, config: Path | None = None, outdir: str | None = None) -> App:
    """The app of one environment, checked by cdk-nag when it is synthesized.

    The environment is the context value ``env`` if it is not given, and the folder with the configuration the context
    value ``config``, or else this checkout's. ``outdir`` is where the assembly goes. Raises
    ``ConfigurationInvalid`` if the environment is unknown or its files are not valid, and ``AssetInvalid`` if the
    function's bundle cannot be built.
    """
    # So that the feature flags are the same without the CDK command line, which would read them from there itself.
    app = App(context=json.loads((REPOSITORY / "cdk.json").read_text(encoding="utf-8"))["context"], outdir=outdir)
    config = config or Path(app.node.try_get_context("config") or CONFIG)
    deployment = load_deployment(config, environment or app.node.try_get_context("env"))
    stack = PlatformStack(
        app,
        f"Suture-{deployment.environment}",
        deployment=deployment,
        asset=build_lambda_asset(REPOSITORY),
        policy=load_policy(config, SPECS),
        schema=compact(policy_schema(SPECS)),
    )
    Tags.of(stack).add("suture:environment", deployment.environment)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


if __name__ == "__main__":
    try:
        build().synth()
    except (ConfigurationInvalid, AssetInvalid) as error:
        sys.exit(str(error))
