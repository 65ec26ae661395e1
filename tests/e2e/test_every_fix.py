"""Each fix as its user meets it, with IAM enforced: a finding is published, reviewed, fixed and undone.

Here for some. ``make every-fix`` does it for all, and looks whether those that ministack cannot host, where moto stands
in, still cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from moto.core.exceptions import ServiceException as MotoError
from werkzeug.exceptions import HTTPException

from local.environment import LocalEnvironment
from local.hosting import FILE, page, read_not_hosted
from local.player import NoOutcome, Player
from runtime.domain.access import customer_role_name, services_of
from runtime.domain.errors import SutureError
from runtime.domain.fix import Stage
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.catalog import FIX_BY_ID, SPECS
from tests.e2e.users import Used, User, first_case, user_of
from tests.laws.customer_account import NotInMoto

NOT_HOSTED = frozenset(fix_id for row in read_not_hosted() for fix_id in row.fixes)


def chosen() -> Iterator[str]:
    """One fix of each kind and type that ministack hosts, and one of each pack of which it hosts none."""
    packs, kinds = set[str](), set[object]()
    for fix_id in sorted(SPECS, key=lambda it: (it in NOT_HOSTED, it)):
        of, kind = set(services_of([SPECS[fix_id]])), (type(FIX_BY_ID[fix_id]), SPECS[fix_id].resource_types)
        if of - packs or (kind not in kinds and fix_id not in NOT_HOSTED):
            packs |= of
            kinds.add(kind)
            yield fix_id


@pytest.fixture(scope="module")
def user(local_aws: LocalEnvironment, player: Player) -> Iterator[User]:
    with user_of(local_aws, player, tuple(SPECS)) as user:
        yield user


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    every_fix = metafunc.config.getoption("--every-fix", default=False)
    tried = set(SPECS) if every_fix else set(chosen())
    for name, fixes in (
        ("hosted", tried - NOT_HOSTED),
        ("on_moto", tried & NOT_HOSTED),
        ("not_hosted", NOT_HOSTED if every_fix else set()),
    ):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, sorted(fixes))


UNASKED = (Outcome.REMEDIATE, Reason.ELIGIBLE)
ASKED_OF_A_PREVIEW = (Outcome.APPROVE, Reason.APPROVAL_REQUIRED)
ASKED_FOR_GOOD = (Outcome.APPROVE, Reason.NOT_REVERSIBLE)
APPROVED = (Outcome.APPROVED, Reason.PLAN_APPROVED)
UNDONE = (Outcome.UNDO, Reason.UNDO_REQUESTED)
NOT_UNDONE = (Outcome.REJECT, Reason.NOT_UNDOABLE)


def went(fix_id: str, used: Used) -> bool:
    """Whether all went as it should: how the runs ended, and what the resource was after each."""
    ended = [(event.outcome, event.reason) for event in used.ended]
    plan = used.ended[0].evidence.plan
    if plan is None:
        return False
    if not plan.reversible:
        runs, after = [ASKED_FOR_GOOD, APPROVED, NOT_UNDONE], used.fixed
    elif SPECS[fix_id].stage is Stage.STABLE:
        runs, after = [UNASKED, UNDONE], used.before
    else:
        runs, after = [ASKED_OF_A_PREVIEW, APPROVED, UNDONE], used.before
    return ended == runs and used.fixed == first_case(fix_id).fixed != used.before and used.after == after


def test_a_fix_is_reviewed_made_and_undone(user: User, hosted: str) -> None:
    used = user.use(hosted)
    assert went(hosted, used), (used, [event.sentence for event in used.ended])


def test_a_fix_that_is_not_hosted_is_reviewed_made_and_undone_with_moto(
    user: User, on_moto: str, pytestconfig: pytest.Config
) -> None:
    again = pytestconfig.getoption("--every-fix")  # without moto
    used = user.use_on_moto(on_moto, cleared=again)
    assert went(on_moto, used), (used, [event.sentence for event in used.ended])


ONE_OF_EACH_PROTOCOL = {
    "ec2-instance-stop": "ec2:StopInstances",
    "ecr-tag-immutability": "ecr:PutImageTagMutability",
    "eks-endpoint-not-public": "eks:UpdateClusterConfig",
    "redshift-cluster-not-public": "redshift:ModifyCluster",
    "s3-acl-private": "s3:PutBucketAcl",
}
"""A fix, and what it may not do."""


@pytest.mark.parametrize(("fix_id", "action"), ONE_OF_EACH_PROTOCOL.items())
def test_iam_decides_about_what_moto_answers(user: User, fix_id: str, action: str) -> None:
    with user.account.denying(customer_role_name(action.partition(":")[0]), action):
        used = user.use_on_moto(fix_id)
    assert (used.ended[-1].outcome, used.ended[-1].reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    assert action.partition(":")[2] in used.ended[-1].sentence
    assert used.before == used.fixed == used.after != first_case(fix_id).fixed


NOT_MADE = (
    *(BotoCoreError, ClientError, ResponseParserError, NoOutcome, SutureError, KeyError, HTTPException, MotoError),
    NotInMoto,
)
"""What comes of an answer that is not AWS's: in the case, in what it asks moto besides, or in the platform."""


def test_a_fix_that_is_listed_as_not_hosted_still_is_not(user: User, not_hosted: str) -> None:
    try:
        as_on_aws = went(not_hosted, user.use(not_hosted))
    except NOT_MADE:
        as_on_aws = False
    assert not as_on_aws, "take it out of local/not_hosted.yaml"


def test_the_page_of_the_local_aws_lists_what_it_cannot_host() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "run `make docs`"
    assert SPECS.keys() >= NOT_HOSTED
