"""An SQS queue and what its policy allows to everybody."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.policies import DELETED, PARTNER, PolicyText, allow, document
from tests.laws.cases.queues import attributes, change, queue

ARN = "<queue>"
PUBLIC = allow("*", "sqs:SendMessage", ARN, Sid="Public")
OWN = allow({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "sqs:*", ARN, Sid="Own")
OF_A_TOPIC = allow(
    "*",
    "sqs:SendMessage",
    ARN,
    Sid="Topic",
    Condition={"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:orders"}},
)


def _text(*statements: dict[str, Any]) -> Callable[[str], dict[str, str]]:
    return lambda arn: {"Policy": json.dumps(document(*statements, Id="Grün"), indent=1).replace(ARN, arn)}


def _let_a_partner_in(clients: Clients, resource: Resource) -> None:
    change(clients, resource, **_text({**OWN, "Principal": {"AWS": PARTNER}}, {**PUBLIC, "Sid": "Too"})(resource.arn))


def read_back(clients: Clients, resource: Resource) -> Any:
    text = attributes(clients, resource, "Policy")["Policy"]
    return "no policy" if text is None else PolicyText(text.replace(resource.arn, ARN))


CASES = (
    Bad(name="public and nothing else", create=queue(_text(PUBLIC)), fixed="no policy", disturb=_let_a_partner_in),
    Bad(
        name="public besides others",
        create=queue(_text(OWN, PUBLIC, OF_A_TOPIC)),
        fixed=document(OWN, OF_A_TOPIC, Id="Grün"),
        disturb=_let_a_partner_in,
    ),
    AlreadyCompliant(name="without a policy", create=queue()),
    AlreadyCompliant(name="for the account and a topic", create=queue(_text(OWN, OF_A_TOPIC))),
    Refusal(
        name="public for every topic",
        create=queue(_text({**PUBLIC, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*"}}})),
        because="Public allows nearly everybody",
    ),
    Refusal(
        name="public and for a principal that was deleted",
        create=queue(_text(PUBLIC, {**OWN, "Principal": {"AWS": DELETED}})),
        because=DELETED,
    ),
)
