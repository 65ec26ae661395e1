"""Runs that begin or go on without a new finding: held ones, approved plans, undos and dry runs."""

from __future__ import annotations

from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.principals import not_sent_by, role_principal
from infra.work_queue import WorkQueue
from runtime.domain.access import execution_role_name


class Runs(Construct):
    """A queue that only the execution role sends to, so what is in it can be believed.

    First in, first out: what waited longest goes on first, and a run that is sent twice arrives once.
    """

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        sender = role_principal(self, execution_role_name(deployment.environment))
        self.work = WorkQueue(
            self,
            "Work",
            name=f"suture-{deployment.environment}-runs",
            key=encryption.key,
            senders=not_sent_by(sender, *deployment.operator_role_arns),
            fifo=True,
        )
