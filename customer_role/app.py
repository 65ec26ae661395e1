"""The customer role as a CDK app of its own: ``cdk deploy --app "python -m customer_role.app"``."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from customer_role.stack import CustomerRoleStack


def build(outdir: str | None = None) -> App:
    """The app with its one stack. ``outdir`` is where the assembly goes.

    When it is synthesized, CDK's CloudFormation rules and cdk-nag check it. cdk-nag does not look into ``Fn::If``, in
    which all that the role is allowed stands: that it is what the fixes declare is for the tests to prove.
    """
    app = App(outdir=outdir, context={"@aws-cdk/core:validateAgainstDefaultRules": True})
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    CustomerRoleStack(app, "SutureCustomerRole")
    return app


if __name__ == "__main__":
    build().synth()
