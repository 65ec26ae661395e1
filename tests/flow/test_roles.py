"""Whether the roles of an account can be assumed: tried for real, with its external id and with a wrong one."""

from __future__ import annotations

import pytest

from runtime.domain.access import Access, SessionRequest, services_of
from runtime.domain.command import VerifyAccount
from runtime.domain.errors import AwsUnavailable
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.resource import Resource
from runtime.fixes.catalog import SPECS
from tests.flow.roles import Sts
from tests.flow.scene import ANN
from tests.flow.world import CUSTOMER, World
from tests.memory.account import MemorySession

SERVICES = services_of(SPECS.values())
VERIFY = VerifyAccount(account_id=CUSTOMER)


@pytest.fixture
def sts(world: World, monkeypatch: pytest.MonkeyPatch) -> Sts:
    return Sts(world, monkeypatch)


def test_each_role_is_assumed_with_the_external_id_of_the_account_and_with_a_wrong_one(world: World, sts: Sts) -> None:
    verified = world.order(VERIFY, ANN)
    assert (verified.outcome, verified.reason) == (Outcome.DONE, Reason.ACCOUNT_VERIFIED)
    assert [check.service for check in verified.evidence.roles] == list(SERVICES)
    assert all(check.refused == "" and check.wrong_external_id_refused for check in verified.evidence.roles)
    right = [request for request in sts.asked if not request.external_id.endswith("-wrong")]
    assert len(sts.asked) == 2 * len(right) == 2 * len(SERVICES)


def test_a_session_that_verifies_can_do_nothing(world: World, sts: Sts) -> None:
    world.order(VERIFY, ANN)
    assert {request.access for request in sts.asked} == {Access.READ}
    assert {request.tags["suture:fix"] for request in sts.asked}.isdisjoint(SPECS)
    assert {request.policy for request in sts.asked} == {
        '{"Statement":[{"Action":["sts:GetCallerIdentity"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}'
    }


def test_a_role_that_is_not_there_is_on_record_with_the_answer_and_the_rest_is_tried(world: World, sts: Sts) -> None:
    sts.missing = {"s3"}
    verified = world.order(VERIFY, ANN)
    checks = {check.service: check for check in verified.evidence.roles}
    assert checks["s3"].refused == "AccessDenied: not authorized"
    assert checks["s3"].wrong_external_id_refused is None
    assert checks["ec2"].refused == ""
    assert f"{len(SERVICES) - 1} of {len(SERVICES)} roles" in verified.sentence


def test_a_role_that_anybody_with_any_external_id_may_assume_is_found(world: World, sts: Sts) -> None:
    sts.open_to_all = {"ec2"}
    checks = {check.service: check for check in world.order(VERIFY, ANN).evidence.roles}
    assert checks["ec2"].wrong_external_id_refused is False
    assert checks["s3"].wrong_external_id_refused is True


def test_an_account_that_is_not_registered_is_refused(world: World, sts: Sts) -> None:
    refused = world.order(VerifyAccount(account_id="999999999999"), ANN)
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.NOTHING_RECORDED)
    assert sts.asked == []


def test_while_sts_cannot_answer_nothing_is_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(request: SessionRequest, resource: Resource, *, patient: bool) -> MemorySession:
        raise AwsUnavailable(service="sts", operation="AssumeRole", code="ServiceUnavailable", message="later")

    monkeypatch.setattr(world.accounts, "open", unavailable)
    message = world.ordered(VERIFY, ANN)
    with pytest.raises(AwsUnavailable):
        world.deliver_order(message)
    assert world.history_of(message.id).events == ()
