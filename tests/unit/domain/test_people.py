"""Whose commands a deployment takes."""

from __future__ import annotations

import pytest

from runtime.domain.command import AnnounceStop, ApprovePlan, Command, DryRun, Order
from runtime.domain.people import People
from runtime.domain.principal import Principal

OPERATOR = "arn:aws:iam::111111111111:role/Operator"
APPROVER = "arn:aws-cn:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Approver_0123456789abcdef"
PEOPLE = People(session_names=r"[a-z.]+@example\.com", operator_role_arns=(OPERATOR,), approver_role_arns=(APPROVER,))
APPROVERS_SESSIONS = "arn:aws-cn:sts::111111111111:assumed-role/AWSReservedSSO_Approver_0123456789abcdef/"
APPROVAL = ApprovePlan(review_id="c-1", digest="d", reason="agreed")
DRY_RUN, STOP = DryRun(target_id="c-1"), AnnounceStop(stop_id="STOP-1")


def problem(command: Command, session: str, *, role: str = "Operator", arn: str = "") -> str:
    arn = arn or f"arn:aws:sts::111111111111:assumed-role/{role}/{session}"
    return PEOPLE.problem_with(Order(command=command, principal=Principal(arn=arn, user_id=f"AROA:{session}")))


@pytest.mark.parametrize("name", ["ann@example.com", "Ann.Lee@Example.com"])
def test_a_person_in_a_session_of_a_listed_role_gives_the_commands_of_that_role(name: str) -> None:
    assert problem(DRY_RUN, name) == ""
    assert problem(APPROVAL, name, arn=APPROVERS_SESSIONS + name) == ""


@pytest.mark.parametrize("name", ["ann", "AWSCLI-Session", "ann@example.com.evil.org", "xann@example_com", ""])
def test_a_session_that_is_named_otherwise_may_be_anybodys(name: str) -> None:
    assert "does not identify a person" in problem(DRY_RUN, name)
    assert "role_session_name" in problem(APPROVAL, name, arn=APPROVERS_SESSIONS + name)


def test_a_stop_that_is_in_effect_is_announced_for_a_session_of_any_name() -> None:
    assert problem(STOP, "AWSCLI-Session") == ""
    assert "is not a session" in problem(STOP, "AWSCLI-Session", role="Reader")


@pytest.mark.parametrize(
    ("command", "role"), [(APPROVAL, "Operator"), (DRY_RUN, "AWSReservedSSO_Approver_0123456789abcdef"), (STOP, "x")]
)
def test_a_role_that_is_not_listed_for_a_command_does_not_give_it(command: Command, role: str) -> None:
    assert "is not a session named 'ann@example.com' of" in problem(command, "ann@example.com", role=role)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sts::111111111111:assumed-role/Operator/bob@example.com",
        "arn:aws:sts::222222222222:assumed-role/Operator/ann@example.com",
        "arn:aws:iam::111111111111:user/ann@example.com",
        "arn:aws:sts::111111111111:federated-user/ann@example.com",
        "",
    ],
)
def test_an_arn_of_anything_else_is_not_a_session_of_a_listed_role(arn: str) -> None:
    assert "is not a session named 'ann@example.com' of" in problem(DRY_RUN, "ann@example.com", arn=arn or "?")


def test_where_no_role_is_listed_nobody_gives_commands() -> None:
    nobody = People(session_names=".*", operator_role_arns=(), approver_role_arns=())
    order = Order(command=STOP, principal=Principal(arn="arn:aws:sts::1:assumed-role/x/ann", user_id="AROA:ann"))
    assert "the deployment lists none" in nobody.problem_with(order)
