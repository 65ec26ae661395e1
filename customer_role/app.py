"""The customer's packs as a CDK app of its own: ``cdk deploy --app "python -m customer_role.app" --all``."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from customer_role.grants import packs_of
from customer_role.stack import PackStack, VerificationStack
from runtime.domain.fix import FixSpec
from runtime.fixes.catalog import SPECS


def build(outdir: str | None = None, *, specs: Iterable[FixSpec] = tuple(SPECS.values())) -> App:
    """The app with a stack for each pack, and one to verify them. ``outdir`` is where the assembly goes.

    When it is synthesized, CDK's CloudFormation rules and cdk-nag check it. cdk-nag does not look into ``Fn::If``, in
    which all that a role is allowed stands: that it is what the fixes declare is for the tests to prove.
    """
    app = App(outdir=outdir, context={"@aws-cdk/core:validateAgainstDefaultRules": True})
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    packs = packs_of(specs)
    for pack in packs:
        PackStack(app, pack)
    VerificationStack(app, packs)
    return app


if __name__ == "__main__":
    build().synth()
