"""Runs that begin or go on without a new finding: held ones, approved plans, undos and dry runs."""

from __future__ import annotations

from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.principals import execution_role, not_sent_by
from infra.work_queue import WorkQueue


class Runs(Construct):
    """A queue that only the execution role sends to, so what is in it can be believed.

    First in, first out: what waited longest goes on first, and a run that is sent twice arrives once.
    """

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        sender = execution_role(self, deployment)
        self.work = WorkQueue(
            self,
            "Work",
            name=f"suture-{deployment.environment}-runs",
            key=encryption.key,
            senders=not_sent_by(sender, *deployment.people.operator_role_arns),
            fifo=True,
        )
