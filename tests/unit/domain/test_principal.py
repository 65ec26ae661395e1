"""Who a caller is, and whether its ARN and its user id can be of one."""

from __future__ import annotations

import pytest

from runtime.domain.principal import Principal

ROLE_SESSION = "arn:aws:sts::111111111111:assumed-role/Operators/alice"


@pytest.mark.parametrize(
    ("arn", "user_id"),
    [
        pytest.param(ROLE_SESSION, "AROAEXAMPLE:alice", id="a session of a role"),
        pytest.param(
            "arn:aws-cn:sts::111111111111:assumed-role/Operators/alice@example.com",
            "AROAEXAMPLE:alice@example.com",
            id="a session named after an address",
        ),
        pytest.param("arn:aws:iam::111111111111:user/alice", "AIDAEXAMPLE", id="a user"),
        pytest.param("arn:aws:iam::111111111111:user/team/alice", "AIDAEXAMPLE", id="a user with a path"),
        pytest.param("arn:aws:iam::111111111111:root", "111111111111", id="an account"),
        pytest.param(
            "arn:aws:sts::111111111111:federated-user/alice", "111111111111:alice", id="a federated user's session"
        ),
    ],
)
def test_what_sts_answers_is_of_one_caller(arn: str, user_id: str) -> None:
    assert Principal(arn=arn, user_id=user_id).contradiction == ""


@pytest.mark.parametrize(
    "user_id", ["AROAEXAMPLE:bob", "AROAEXAMPLE:", "AROAEXAMPLE", "AIDAEXAMPLE", "", "AROAEXAMPLE:Operators/alice"]
)
def test_a_session_s_arn_with_the_user_id_of_another_caller_is_a_contradiction(user_id: str) -> None:
    contradiction = Principal(arn=ROLE_SESSION, user_id=user_id).contradiction
    assert contradiction == f"the ARN {ROLE_SESSION} is of another session than the user id {user_id}"


@pytest.mark.parametrize("arn", ["arn:aws:iam::111111111111:user/alice", "arn:aws:iam::111111111111:root", "alice", ""])
def test_a_session_s_user_id_with_the_arn_of_no_session_is_a_contradiction(arn: str) -> None:
    contradiction = Principal(arn=arn, user_id="AROAEXAMPLE:alice").contradiction
    assert contradiction == f"the user id AROAEXAMPLE:alice is of a session, the ARN {arn} is not"


# -- Which person -----------------------------------------------------------------------------------------------------


def caller(user_id: str) -> Principal:
    return Principal(arn="whatever", user_id=user_id)


@pytest.mark.parametrize("other", ["AROAOTHERROLE:alice", "AROAEXAMPLE:ALICE", "111111111111:Alice"])
def test_sessions_of_one_name_are_one_person_s_whichever_role_they_are_of(other: str) -> None:
    assert caller("AROAEXAMPLE:alice").person == caller(other).person


@pytest.mark.parametrize("other", ["AROAEXAMPLE:bob", "AIDAALICE", "AIDAEXAMPLE", "111111111111"])
def test_other_sessions_users_and_accounts_are_other_people(other: str) -> None:
    assert caller("AROAEXAMPLE:alice").person != caller(other).person


@pytest.mark.parametrize("user_id", ["AIDAEXAMPLE", "111111111111"])
def test_who_has_no_session_is_known_by_its_own_id(user_id: str) -> None:
    assert caller(user_id).person == user_id


@pytest.mark.parametrize(
    "session",
    [
        "botocore-session-1764073000",
        "aws-sdk-js-1764073000123",
        "aws-sdk-java-1764073000123",
        "aws-go-sdk-1764073000123456789",
        "AWSCLI-Session",
        "terraform",
        "TERRAFORM-20261125",
    ],
)
def test_a_session_whose_name_a_tool_made_up_is_nobody_s(session: str) -> None:
    assert caller(f"AROAEXAMPLE:{session}").unnamed


@pytest.mark.parametrize(
    "user_id", ["AROAEXAMPLE:alice", "AROAEXAMPLE:alice-terraform", "AROAEXAMPLE:", "AIDAEXAMPLE", "aws-sdk-js-1"]
)
def test_any_other_caller_is_somebody(user_id: str) -> None:
    assert not caller(user_id).unnamed
