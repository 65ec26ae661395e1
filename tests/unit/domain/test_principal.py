"""Who a caller is."""

from __future__ import annotations

import pytest

from runtime.domain.principal import Principal


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
