"""Looks at a resource: which calls are made, how often, and which of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from runtime.application.reader import SessionReader
from runtime.domain.audit import SessionRecord
from runtime.domain.errors import AwsAccessDenied, AwsError, AwsNotFound, AwsUnavailable
from runtime.fixes.contract import Call

POLICY = Call("s3", "GetBucketPolicy", {"Bucket": "ledger"})
ACL = Call("s3", "GetBucketAcl", {"Bucket": "ledger"})
TAGS = Call("s3", "GetBucketTagging", {"Bucket": "ledger", "ExpectedBucketOwner": "222222222222"})


def error(kind: type[AwsError], code: str) -> AwsError:
    return kind(service="s3", operation="GetBucketPolicy", code=code, message="no")


@dataclass
class Session:
    """Answers with the operation's name, or as ``errors`` has it."""

    errors: dict[str, AwsError] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    together: list[list[str]] = field(default_factory=list)
    """The operations that were called side by side."""

    @property
    def record(self) -> SessionRecord:
        raise AssertionError("a reader keeps no record")

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append(Call(service, operation, parameters))
        if operation in self.errors:
            raise self.errors[operation]
        return {"Said": operation}

    def side_by_side(self, *calls: Callable[[], Any]) -> list[Any]:
        before = len(self.calls)
        answers = [call() for call in calls]
        self.together.append([call.operation for call in self.calls[before:]])
        return answers

    def reader(self, *expected: Call) -> SessionReader:
        return SessionReader(self, self.side_by_side, expected)


def read(reader: SessionReader, call: Call) -> dict[str, Any]:
    return reader.read(call.service, call.operation, **call.parameters)


def test_equal_calls_are_made_once_by_a_reader_and_again_by_a_new_one() -> None:
    session = Session()
    reader = session.reader()
    assert read(reader, POLICY) == read(reader, POLICY) == {"Said": "GetBucketPolicy"}
    assert reader.read("s3", "GetBucketTagging", ExpectedBucketOwner="222222222222", Bucket="ledger")
    assert read(reader, TAGS)
    assert session.calls == [POLICY, TAGS], "the order of parameters is no difference"
    reader.read("s3", "GetBucketPolicy", Bucket="other")
    reader.read("iam", "GetBucketPolicy", Bucket="ledger")
    assert len(session.calls) == 4
    read(session.reader(), POLICY)
    assert len(session.calls) == 5


@pytest.mark.parametrize("kind", [AwsAccessDenied, AwsUnavailable, AwsNotFound, AwsError])
def test_a_reader_remembers_what_aws_refused(kind: type[AwsError]) -> None:
    session = Session(errors={"GetBucketPolicy": error(kind, "Code")})
    reader = session.reader()
    for _ in range(2):
        with pytest.raises(kind) as raised:
            read(reader, POLICY)
        assert raised.value is session.errors["GetBucketPolicy"]
    assert len(session.calls) == 1


def test_what_is_not_configured_is_found_to_be_none_and_only_that() -> None:
    def find(kind: type[AwsError], code: str) -> Any:
        session = Session(errors={"GetBucketPolicy": error(kind, code)})
        return session.reader().find("s3", "GetBucketPolicy", ("NoSuchBucketPolicy",), Bucket="ledger")

    assert find(AwsNotFound, "NoSuchBucketPolicy") is None
    for kind, code in ((AwsNotFound, "NoSuchBucket"), (AwsAccessDenied, "NoSuchBucketPolicy")):
        with pytest.raises(kind):
            find(kind, code)
    assert Session().reader().find("s3", "GetBucketPolicy", ("NoSuchBucketPolicy",), Bucket="ledger") == {
        "Said": "GetBucketPolicy"
    }


def test_expected_calls_are_made_side_by_side_with_the_first_of_them_that_is_asked_for() -> None:
    session = Session()
    reader = session.reader(POLICY, ACL, TAGS)
    assert session.calls == []
    assert read(reader, ACL) == {"Said": "GetBucketAcl"}
    assert sorted(session.together[0]) == sorted(["GetBucketPolicy", "GetBucketAcl", "GetBucketTagging"])
    read(reader, POLICY)
    read(reader, TAGS)
    assert len(session.calls) == 3


def test_nothing_expected_is_called_for_a_call_that_is_not() -> None:
    session = Session()
    reader = session.reader(POLICY, ACL)
    read(reader, TAGS)
    assert session.together == [["GetBucketTagging"]]
    read(reader, POLICY)
    assert len(session.calls) == 3


def test_what_is_expected_twice_is_called_once() -> None:
    session = Session()
    read(session.reader(POLICY, POLICY, ACL), POLICY)
    assert len(session.calls) == 2


def test_an_expected_call_that_is_refused_is_an_error_only_where_it_is_asked_for() -> None:
    session = Session(errors={"GetBucketPolicy": error(AwsNotFound, "NoSuchBucketPolicy")})
    reader = session.reader(POLICY, ACL)
    assert read(reader, ACL) == {"Said": "GetBucketAcl"}
    assert reader.find("s3", "GetBucketPolicy", ("NoSuchBucketPolicy",), Bucket="ledger") is None
    assert len(session.calls) == 2


def test_what_is_no_error_of_aws_ends_the_look() -> None:
    class Broken(Session):
        def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
            raise AssertionError(operation)

    with pytest.raises(AssertionError):
        read(Broken().reader(POLICY, ACL), POLICY)


def test_a_reader_tells_what_was_asked_for_and_in_which_order() -> None:
    """The next look asks it side by side."""
    reader = Session(errors={"GetBucketPolicy": error(AwsNotFound, "NoSuchBucketPolicy")}).reader(POLICY, ACL, TAGS)
    read(reader, TAGS)
    reader.find("s3", "GetBucketPolicy", ("NoSuchBucketPolicy",), Bucket="ledger")
    read(reader, TAGS)
    assert list(reader.used.values()) == [TAGS, POLICY]
