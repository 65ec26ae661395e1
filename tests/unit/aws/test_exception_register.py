"""The exceptions: what people asked for, granted and revoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.client import BaseClient

from runtime.aws.exception_register import ExceptionRegister
from runtime.aws.table import Table
from runtime.domain.errors import ConditionalWriteConflict, RegistryInvalid
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.facts import WaiverStatus
from runtime.domain.principal import Principal
from tests.unit.domain.cases import ACCOUNT_ID, NOW, OTHER_ACCOUNT_ID


def step(name: str) -> Step:
    principal = Principal(arn=f"arn:{name}", user_id=f"AROA:{name}")
    return Step(principal=principal, reason=f"{name} said so", at=NOW, command_id=f"m-{name}")


REQUEST = ExceptionRequest(
    id="EX-1",
    control="RULE-1",
    account_id=ACCOUNT_ID,
    resource="arn:aws:s3:::a-*",
    environment="dev",
    ticket="SEC-1",
    expires_at=NOW + timedelta(days=10),
    requested=step("ann"),
)


@pytest.fixture
def register(dynamodb: BaseClient) -> ExceptionRegister:
    return ExceptionRegister(client=dynamodb, table="ledger")


def test_an_exception_is_what_people_did_about_it(register: ExceptionRegister) -> None:
    assert register.find("EX-1", ACCOUNT_ID) is None
    register.request(REQUEST)
    assert register.find("EX-1", ACCOUNT_ID) == RegisteredException(request=REQUEST)
    register.approve("EX-1", ACCOUNT_ID, step("bob"))
    granted = RegisteredException(request=REQUEST, approved=step("bob"))
    assert register.find("EX-1", ACCOUNT_ID) == granted
    assert granted.status is WaiverStatus.APPROVED
    register.revoke("EX-1", ACCOUNT_ID, step("cyd"))
    assert register.find("EX-1", ACCOUNT_ID) == replace(granted, revoked=step("cyd"))
    assert replace(granted, revoked=step("cyd")).status is WaiverStatus.REVOKED


def test_the_decision_sees_who_asked_and_who_approved(register: ExceptionRegister) -> None:
    register.request(REQUEST)
    register.approve("EX-1", ACCOUNT_ID, step("bob"))
    (waiver,) = register.waivers(ACCOUNT_ID)
    assert (waiver.requested_by, waiver.approved_by, waiver.status) == ("arn:ann", "arn:bob", WaiverStatus.APPROVED)
    assert (waiver.requested_at, waiver.expires_at, waiver.reason) == (NOW, REQUEST.expires_at, "ann said so")


def test_an_account_has_its_own_exceptions_and_those_for_any(register: ExceptionRegister) -> None:
    for request in (
        REQUEST,
        replace(REQUEST, id="EX-2", account_id=""),
        replace(REQUEST, id="EX-3", account_id=OTHER_ACCOUNT_ID),
    ):
        register.request(request)
    assert [waiver.id for waiver in register.waivers(ACCOUNT_ID)] == ["EX-1", "EX-2"]
    assert [waiver.id for waiver in register.waivers(OTHER_ACCOUNT_ID)] == ["EX-3", "EX-2"]
    assert {exception.request.id for exception in register.list_all()} == {"EX-1", "EX-2", "EX-3"}


def test_nothing_that_was_said_is_written_over(register: ExceptionRegister) -> None:
    register.request(REQUEST)
    with pytest.raises(ConditionalWriteConflict):
        register.request(replace(REQUEST, requested=step("bob")))
    register.approve("EX-1", ACCOUNT_ID, step("bob"))
    with pytest.raises(ConditionalWriteConflict):
        register.approve("EX-1", ACCOUNT_ID, step("cyd"))
    register.revoke("EX-1", ACCOUNT_ID, step("cyd"))
    with pytest.raises(ConditionalWriteConflict):
        register.revoke("EX-1", ACCOUNT_ID, step("ann"))
    assert register.find("EX-1", ACCOUNT_ID) == RegisteredException(
        request=REQUEST, approved=step("bob"), revoked=step("cyd")
    )


def test_what_ends_soon_is_found_until_a_warning_was_given(register: ExceptionRegister) -> None:
    register.request(REQUEST)
    register.request(replace(REQUEST, id="EX-2", expires_at=NOW + timedelta(days=40)))
    register.request(replace(REQUEST, id="EX-0", expires_at=NOW - timedelta(days=1)))
    (ending,) = register.ending(NOW, NOW + timedelta(days=14))
    assert ending.request.id == "EX-1"
    register.warned(ending)
    register.warned(ending)
    assert register.ending(NOW, NOW + timedelta(days=14)) == ()


@pytest.mark.parametrize("missing", ["control", "resource", "ticket", "by", "by_user_id", "at", "expires_at"])
def test_half_an_exception_is_an_error_and_not_no_exception(
    register: ExceptionRegister, dynamodb: BaseClient, missing: str
) -> None:
    register.request(REQUEST)
    table = Table(client=dynamodb, name="ledger")
    (item,) = table.read(f"exceptions#{ACCOUNT_ID}")
    table.put({name: value for name, value in item.items() if name != missing})
    with pytest.raises(RegistryInvalid, match=f"'EX-1#1-request'.*{missing!r} is missing"):
        register.waivers(ACCOUNT_ID)


@pytest.mark.parametrize("value", ["next spring", "2026-11-24T12:00:00"])
def test_an_end_that_cannot_be_understood_is_an_error(
    register: ExceptionRegister, dynamodb: BaseClient, value: str
) -> None:
    register.request(REQUEST)
    table = Table(client=dynamodb, name="ledger")
    (item,) = table.read(f"exceptions#{ACCOUNT_ID}")
    table.put({**item, "expires_at": value})
    with pytest.raises(RegistryInvalid, match=value):
        register.waivers(ACCOUNT_ID)


def test_more_exceptions_than_fit_a_page_are_read(register: ExceptionRegister) -> None:
    for number in range(5):
        register.request(replace(REQUEST, id=f"EX-{number}", control="x" * 300_000))
    assert len(register.waivers(ACCOUNT_ID)) == 5
