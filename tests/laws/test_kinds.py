"""What holds for each kind of fix, over all states that hypothesis thinks of: a pure model does what the calls do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.domain.fix import Disruption, options_for
from runtime.domain.plan import MEANING, Change, Compliant, Plan, Refused, State, canonical_json, resolve, same_state
from runtime.domain.resource import Resource
from runtime.fixes import policy_document
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import AnyOf, Anything, AtLeast, Including, SetAttributes
from runtime.fixes.kinds.declared import Declared, Guard, Look, none_of, one_of
from runtime.fixes.kinds.policies import POLICY, DenyStatement, RemoveStatements
from runtime.fixes.kinds.sharing import Unshare
from runtime.fixes.policy_document import Statement
from runtime.fixes.resource_type import STATUS, ResourceType

quickly = settings(max_examples=150, deadline=None)

THING = ResourceType(
    name="AWS::Test::Thing",
    noun="thing",
    arn="arn:${partition}:test:${region}:${account_id}:thing/${name}",
    id="[a-z]+",
    longest="z",
    gone=("NoSuchThing",),
    describe=Read(call="test:GetThing", by={"Name": "${name}"}, at="Thing"),
    status="Status",
    passing=frozenset({"updating"}),
)
RESOURCE = Resource(
    type=THING.name,
    arn="arn:aws:test:eu-west-1:123456789012:thing/one",
    name="one",
    account_id="123456789012",
    region="eu-west-1",
    partition="aws",
)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
WORDS: dict[str, Any] = {
    "of": THING,
    "id": "test-thing",
    "title": "Make a thing right",
    "hazard": "None.",
    "disruption": Disruption.NONE,
    "template": {},
    "guards": (
        Guard(holds=none_of("owner", "others"), because="${subject} is of ${owner}.", first=True),
        Guard(holds=none_of("owner", "undecided"), because="${subject} is undecided."),
    ),
    "takes_back": (Guard(holds=one_of("door", "open"), because="It cannot be undone."),),
}
AROUND = {"owner": "us", "door": "open"}
"""Parts of each state that guards look at."""
ALL = {STATUS: "active", "late": 1, **AROUND}


def reads(*names: str) -> tuple[Read, ...]:
    first = Read(call="test:GetThing", by={}, keep=(*names, *AROUND))
    return first, Read(call="test:GetMore", by={}, keep=("late",), last=True)


def planned(fix: Declared, state: State) -> Any:
    return fix.plan(RESOURCE, {**ALL, **state}, options_for(fix.spec, {}, NOW))


type Model = Callable[[Change, State, State], dict[str, Any]]
"""What a resource is like once a call was made: of the call, the state, and the state before the plan."""


def laws(fix: Declared, state: State, model: Model) -> Plan | None:
    """What holds in any state. Returns the plan, if there is one."""
    before = {**ALL, **state}
    options = options_for(fix.spec, {}, NOW)
    plan = fix.plan(RESOURCE, before, options)
    for count in (1, 2):
        for missing in combinations(sorted(before.keys() - {MEANING}), count):
            part = {name: value for name, value in before.items() if name not in missing}
            if POLICY in missing:
                part.pop(MEANING, None)
            assert isinstance(fix.plan(RESOURCE, part, options), Refused), f"of {sorted(part)}"
    if not isinstance(plan, Plan):
        return None
    for owner in ("others", "undecided"):
        assert isinstance(planned(fix, {**state, "owner": owner}), Refused)
    shut = planned(fix, {**state, "door": "shut"})
    assert isinstance(shut, Plan)
    assert not shut.reversible
    assert shut.summary.endswith("It cannot be undone.")
    assert not same_state(plan.before, shut.before, plan.volatile)
    assert same_state(plan.before, {**before, STATUS: "another"}, plan.volatile)
    (change,) = plan.changes
    after = model(change, before, before)
    assert not plan.took_effect(before)
    assert plan.in_place(before) == 0
    assert plan.took_effect(after)
    assert isinstance(fix.plan(RESOURCE, after, options), Compliant)
    for name in after.keys() - {POLICY}:
        wanted = change.leaves.get(name, before[name])
        assert canonical_json(after[name]) == canonical_json(wanted), f"{name} is not as the plan says"
    for undo in plan.undo:
        back = model(undo, after, before)
        assert canonical_json(back) == canonical_json(before)
        assert plan.in_place(back) == 0
    return plan


# -- set attributes ---------------------------------------------------------------------------------------------------

ATTRIBUTES = ("flag", "level", "mode", "kinds", "target", "config", "other")
SET = SetAttributes(
    **WORDS,
    reads=reads(*ATTRIBUTES),
    wanted={
        "flag": True,
        "level": AtLeast(5),
        "mode": AnyOf("strict", others=("stricter",)),
        "kinds": Including(("audit", "error")),
        "target": Anything("log"),
        "config.on": True,
    },
    write=Write(call="test:PutThing", by={name: Value(name) for name in ATTRIBUTES}),
)
attributes = st.fixed_dictionaries(
    {
        "flag": st.booleans(),
        "level": st.integers(0, 9),
        "mode": st.sampled_from(["off", "strict", "stricter"]),
        "kinds": st.lists(st.sampled_from(["audit", "error", "slow"]), unique=True).map(sorted),
        "target": st.sampled_from(["", "log", "elsewhere"]),
        "config": st.fixed_dictionaries({"on": st.booleans(), "unknown": st.integers()}),
        "other": st.one_of(st.integers(), st.lists(st.integers())),
    }
)


def put(change: Change, state: State, _: State) -> dict[str, Any]:
    assert change.operation == "PutThing"
    assert change.parameters.keys() == set(ATTRIBUTES)
    return {**state, **change.parameters}


@quickly
@given(attributes)
def test_attributes_are_set_where_they_are_not_good_and_all_else_that_is_sent_stays(state: dict[str, Any]) -> None:
    good = {
        "flag": state["flag"],
        "level": state["level"] >= 5,
        "mode": state["mode"] in ("strict", "stricter"),
        "kinds": {"audit", "error"} <= set(state["kinds"]),
        "target": state["target"] != "",
        "config": state["config"]["on"],
        "other": True,
    }
    plan = laws(SET, state, put)
    if plan is None:
        assert isinstance(planned(SET, state), Compliant)
        assert all(good.values())
        return
    assert not all(good.values())
    sent = plan.changes[0].parameters
    assert {name: sent[name] for name in ATTRIBUTES if good[name]} == {
        name: state[name] for name in ATTRIBUTES if good[name]
    }
    assert set(state["kinds"]) <= set(sent["kinds"])
    assert sent["config"]["unknown"] == state["config"]["unknown"]


@quickly
@given(attributes, st.sampled_from(ATTRIBUTES))
def test_what_others_made_since_of_anything_that_is_sent_is_not_overwritten_by_undoing(
    state: dict[str, Any], name: str
) -> None:
    plan = planned(SET, state)
    if isinstance(plan, Plan):
        after = put(plan.changes[0], plan.before, plan.before)
        assert plan.in_place({**after, name: ["somebody's"]}) is None
        assert not plan.took_effect({**after, name: ["somebody's"]})


UNSET = SetAttributes(
    **WORDS,
    reads=reads("config"),
    wanted={"config.on": True, "config.level": AtLeast(3)},
    write=Write(call="test:PutThing", by={"Config": Value("config")}),
    unset=Write(call="test:DeleteThing", by={}),
)
configurations = st.one_of(st.none(), st.fixed_dictionaries({"on": st.booleans(), "level": st.integers(0, 5)}))


def put_or_delete(change: Change, state: State, _: State) -> dict[str, Any]:
    return {**state, "config": None if change.operation == "DeleteThing" else change.parameters["Config"]}


@quickly
@given(configurations)
def test_a_configuration_that_was_not_there_is_deleted_again(config: dict[str, Any] | None) -> None:
    plan = laws(UNSET, {"config": config}, put_or_delete)
    good = config is not None and config["on"] and config["level"] >= 3
    assert (plan is None) == good
    if plan is not None:
        assert plan.undo[0].operation == ("DeleteThing" if config is None else "PutThing")


# -- stop sharing -----------------------------------------------------------------------------------------------------

SHARE = {"Operation": "add", "Names": ["all"]}
UNSHARE = Unshare(
    **WORDS,
    reads=reads("names"),
    shared_with="names",
    stop=Write(call="test:Share", by={**SHARE, "Operation": "remove"}),
    share=Write(call="test:Share", by=SHARE),
)
shares = st.lists(st.sampled_from(["all", "111111111111", "222222222222"]), unique=True).map(sorted)


def share(change: Change, state: State, _: State) -> dict[str, Any]:
    named = set(change.parameters["Names"])
    left = {*state["names"]} | named if change.parameters["Operation"] == "add" else {*state["names"]} - named
    return {**state, "names": sorted(left)}


@quickly
@given(shares, shares)
def test_only_everybody_is_removed_and_added_again_whomever_others_add(names: list[str], more: list[str]) -> None:
    plan = laws(UNSHARE, {"names": names}, share)
    assert (plan is not None) == ("all" in names)
    if plan is not None:
        after = share(plan.changes[0], plan.before, plan.before)
        assert after["names"] == [name for name in names if name != "all"]
        theirs = {**after, "names": sorted({*after["names"], *more} - {"all"})}
        assert plan.in_place(theirs) == 1
        assert plan.changed_besides(after, theirs) == () or theirs != after
        back = share(plan.undo[0], theirs, plan.before)
        assert back["names"] == sorted({"all", *theirs["names"]})
        fewer = {**after, "names": after["names"][1:]}
        assert plan.took_effect(fewer) == (fewer == after), "somebody who was to stay is gone"


# -- policies ---------------------------------------------------------------------------------------------------------

OURS = "SutureDenial"
LIMIT = 2000


def _is_denial(statement: Statement) -> bool:
    return statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}


def _is_for_everybody(statement: Statement, _: Look) -> bool:
    return statement["Effect"] == "Allow" and policy_document.for_everybody(statement)


def policies(
    kind: type[DenyStatement] | type[RemoveStatements], *, deletes: bool = True, **more: Any
) -> DenyStatement | RemoveStatements:
    return kind(
        **WORDS,
        reads=reads(POLICY),
        put=Write(call="test:PutPolicy", by={"Policy": Value(POLICY)}),
        delete=Write(call="test:DeletePolicy", by={}) if deletes else None,
        limit_bytes=LIMIT,
        **more,
    )


DENY = policies(
    DenyStatement,
    sid=OURS,
    statement=lambda look: {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "test:*",
        "Resource": [f"{look.resource.arn}/b", f"{look.resource.arn}/a"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    },
    denies=lambda statements, _: any(map(_is_denial, statements)),
)
REMOVE = policies(RemoveStatements, wrong=_is_for_everybody)
REMOVE_ONLY = policies(RemoveStatements, deletes=False, wrong=_is_for_everybody)

PEOPLE = ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"]
principals = st.one_of(
    st.just("*"),
    st.sampled_from([{"AWS": "*"}, {"AWS": ["*"]}, {"Service": "logs.amazonaws.com"}]),
    st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True).map(lambda names: {"AWS": names}),
    st.just({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}),
)
statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": principals,
        "Action": st.one_of(st.just("test:Get"), st.permutations(["test:Get", "test:List"])),
        "Resource": st.just("*"),
    },
    optional={
        "Sid": st.sampled_from(["One", "Two", OURS, "S" * (LIMIT - 300)]),
        "Condition": st.sampled_from(
            [{"Bool": {"aws:SecureTransport": "false"}}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}]
        ),
    },
)
documents = st.fixed_dictionaries(
    {
        "Version": st.just("2012-10-17"),
        "Statement": st.one_of(st.lists(statements, min_size=1, max_size=4), statements),
    },
    optional={"Id": st.just("Grün & <Co>")},
)
texts = st.one_of(
    st.none(),
    documents.map(lambda document: json.dumps(document, indent=1)),
    st.sampled_from(
        ["", "{}", '{"Statement": [{"Effect": "Permit"}]}', '{"Statement": [{"Effect": "Allow", "New": 1}]}']
    ),
)


def policy_state(text: str | None) -> dict[str, Any]:
    """As ``observe`` makes it."""
    try:
        return {POLICY: text, MEANING: None if text is None else policy_document.meaning(text)}
    except policy_document.NotUnderstood:
        return {POLICY: text, MEANING: "not understood"}


def _as_s3_shows_it(value: Any) -> Any:
    """Lists in another order. That of statements stays."""
    match value:
        case dict():
            return {name: _as_s3_shows_it(member) for name, member in reversed(value.items())}
        case list() if all(isinstance(one, str) for one in value):
            return value[::-1]
        case list():
            return [_as_s3_shows_it(one) for one in value]
        case _:
            return value


def write_policy(change: Change, state: State, before: State) -> dict[str, Any]:
    if change.operation == "DeletePolicy":
        return {**state, **policy_state(None)}
    text = resolve(change.parameters, (), before)["Policy"]
    if text == before[POLICY]:  # put back, to the letter
        return {**state, **policy_state(text)}
    return {**state, **policy_state(json.dumps(_as_s3_shows_it(json.loads(text))))}


def listed(text: str | None) -> list[Mapping[str, Any]]:
    return [] if text is None else policy_document.meaning(text)["Statement"]


def refusal(text: str | None, left: list[Any]) -> bool:
    """Whether a policy cannot be edited so that it has these statements."""
    gone = "AIDACKCEVSQ6C2EXAMPLE" in json.dumps(left)
    document = policy_document.empty() if text is None else policy_document.meaning(text)
    return gone or len(policy_document.to_text({**document, "Statement": left}).encode()) > LIMIT


@quickly
@given(texts)
def test_a_denial_is_added_behind_all_that_is_there_and_taken_back_to_the_letter(text: str | None) -> None:
    state = policy_state(text)
    plan = laws(DENY, state, write_policy)
    found = planned(DENY, state)
    if state[MEANING] == "not understood":
        assert isinstance(found, Refused)
        return
    there = listed(text)
    if any(map(_is_denial, there)):
        assert isinstance(found, Compliant)
    elif any(one.get("Sid") == OURS for one in there):
        assert isinstance(found, Refused)
        assert "another content" in found.sentence
    elif plan is None:
        assert isinstance(found, Refused)
    else:
        after = plan.changes[0].leaves[MEANING]["Statement"]
        assert not refusal(text, after)
        assert after[:-1] == there
        assert after[-1]["Sid"] == OURS
        assert plan.undo[0].operation == ("DeletePolicy" if text is None else "PutPolicy")


@quickly
@given(texts)
def test_exactly_the_wrong_statements_are_removed_and_put_back_to_the_letter(text: str | None) -> None:
    state = policy_state(text)
    plan = laws(REMOVE, state, write_policy)
    found = planned(REMOVE, state)
    if state[MEANING] == "not understood":
        assert isinstance(found, Refused)
        return
    there = listed(text)
    left = [one for one in there if not (one["Effect"] == "Allow" and '"*"' in json.dumps(one["Principal"]))]
    if left == there:
        assert isinstance(found, Compliant)
    elif refusal(text, left):
        assert isinstance(found, Refused)
    else:
        assert plan is not None
        assert plan.changes[0].operation == ("PutPolicy" if left else "DeletePolicy")
        assert (plan.changes[0].leaves[MEANING] or {"Statement": []})["Statement"] == left
        alone = planned(REMOVE_ONLY, state)
        assert isinstance(alone, Plan if left else Refused)


@quickly
@given(texts)
def test_a_statement_that_somebody_adds_meanwhile_is_neither_verified_nor_overwritten(text: str | None) -> None:
    for fix in (DENY, REMOVE):
        plan = planned(fix, policy_state(text))
        if isinstance(plan, Plan):
            after = write_policy(plan.changes[0], plan.before, plan.before)
            more = {"Effect": "Deny", "Principal": "*", "Action": "test:Put", "Resource": "*"}
            document = json.loads(after[POLICY] or json.dumps(policy_document.empty()))
            document["Statement"] = [*policy_document.as_list(document["Statement"]), more]
            theirs = {**after, **policy_state(json.dumps(document))}
            assert plan.in_place(theirs) is None
            assert not plan.took_effect(theirs)
