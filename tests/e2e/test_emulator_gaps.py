"""Each gap that ``local/emulator_gaps.py`` closes is still open in ministack, and closed in the local AWS.

Where the second half of such a pair fails after an upgrade, ministack has learnt it: delete the patch and the pair.
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError

from local.emulator import Emulator, start_emulator

ACCOUNT = "444444444444"
REGION = "us-east-1"


@cache
def client(emulator: Emulator, service: str, **credentials: str) -> Any:
    credentials = credentials or {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "test"}
    return boto3.client(
        service, endpoint_url=emulator.endpoint, verify=emulator.authority, region_name=REGION, **credentials
    )


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    yield from _started(tmp_path_factory.mktemp("closed"), "local.emulator_process")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    yield from _started(tmp_path_factory.mktemp("bare"), "ministack")


def _started(state: Path, program: str) -> Iterator[Emulator]:
    emulator = start_emulator(state, region=REGION, ends_with_parent=True, program=program)
    yield emulator
    emulator.stop()


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def create_role(emulator: Emulator, name: str, *, trusted: dict[str, str], allowed: dict[str, Any]) -> str:
    """A role that may do what one statement allows. Returns its ARN."""
    iam = client(emulator, "iam")
    trust = document({"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=document(allowed))
    return str(arn)


def open_session(emulator: Emulator, name: str, allowed: dict[str, Any]) -> dict[str, str]:
    """The credentials of a session of a new role that may do what one statement allows."""
    role = create_role(emulator, name, trusted={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, allowed=allowed)
    session = client(emulator, "sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }


# --- A public snapshot ---


def share_a_snapshot_with_all(emulator: Emulator) -> list[dict[str, str]]:
    ec2 = client(emulator, "ec2")
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    for sharing in ({"GroupNames": ["all"]}, {"UserIds": ["555555555555"]}):
        ec2.modify_snapshot_attribute(
            SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", **sharing
        )
    shared = permissions(ec2, snapshot)
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="remove", GroupNames=["all"]
    )
    assert permissions(ec2, snapshot) == [{"UserId": "555555555555"}]
    return shared


def permissions(ec2: Any, snapshot: str) -> list[dict[str, str]]:
    answer = ec2.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    found: list[dict[str, str]] = answer["CreateVolumePermissions"]
    return found


def test_a_snapshot_can_be_shared_with_everyone(closed: Emulator) -> None:
    assert share_a_snapshot_with_all(closed) == [{"Group": "all"}, {"UserId": "555555555555"}]


def test_ministack_still_forgets_that_a_snapshot_is_shared_with_everyone(bare: Emulator) -> None:
    assert share_a_snapshot_with_all(bare) == [{"UserId": "555555555555"}]


# --- A region that blocks no public sharing ---


def read_block_public_access(emulator: Emulator) -> tuple[str, str]:
    ec2 = client(emulator, "ec2")
    return (
        ec2.get_snapshot_block_public_access_state()["State"],
        ec2.get_image_block_public_access_state()["ImageBlockPublicAccessState"],
    )


def test_a_region_lets_snapshots_and_images_be_public(closed: Emulator) -> None:
    assert read_block_public_access(closed) == ("unblocked", "unblocked")


def test_ministack_still_does_not_know_whether_a_region_blocks_public_sharing(bare: Emulator) -> None:
    with pytest.raises(ClientError, match="InvalidAction"):
        read_block_public_access(bare)


# --- A configuration read with a narrow policy ---


def reader_of_one_configuration(emulator: Emulator, *, names: bool) -> tuple[Any, dict[str, str]]:
    """A client that may read exactly one configuration, and the identifiers to read it by."""
    appconfig = client(emulator, "appconfig")
    suffix = uuid4().hex[:8]
    application = appconfig.create_application(Name=f"application-{suffix}")
    environment = appconfig.create_environment(ApplicationId=application["Id"], Name="local")
    profile = appconfig.create_configuration_profile(
        ApplicationId=application["Id"], Name="policy", LocationUri="hosted"
    )
    version = appconfig.create_hosted_configuration_version(
        ApplicationId=application["Id"],
        ConfigurationProfileId=profile["Id"],
        Content=b'{"of": "the policy"}',
        ContentType="application/json",
    )
    appconfig.start_deployment(
        ApplicationId=application["Id"],
        EnvironmentId=environment["Id"],
        ConfigurationProfileId=profile["Id"],
        ConfigurationVersion=str(version["VersionNumber"]),
        DeploymentStrategyId="AppConfig.AllAtOnce",
    )
    arn = (
        f"arn:aws:appconfig:{REGION}:{ACCOUNT}:application/{application['Id']}"
        f"/environment/{environment['Id']}/configuration/{profile['Id']}"
    )
    calls = ["appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"]
    session = open_session(emulator, f"reader-{suffix}", {"Effect": "Allow", "Action": calls, "Resource": arn})
    reader = client(emulator, "appconfigdata", **session)
    key = "Name" if names else "Id"
    return reader, {
        "ApplicationIdentifier": application[key],
        "EnvironmentIdentifier": environment[key],
        "ConfigurationProfileIdentifier": profile[key],
    }


@pytest.mark.parametrize("names", [True, False], ids=["by name", "by id"])
def test_a_configuration_is_read_with_a_policy_for_it_alone(closed: Emulator, names: bool) -> None:
    reader, identifiers = reader_of_one_configuration(closed, names=names)
    token = reader.start_configuration_session(**identifiers)["InitialConfigurationToken"]
    answer = reader.get_latest_configuration(ConfigurationToken=token)
    assert json.loads(answer["Configuration"].read()) == {"of": "the policy"}


def test_a_configuration_is_not_read_with_a_policy_for_another(closed: Emulator) -> None:
    reader, _ = reader_of_one_configuration(closed, names=True)
    _, another = reader_of_one_configuration(closed, names=True)
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.start_configuration_session(**another)


def test_ministack_still_lets_anyone_read_a_configuration(bare: Emulator) -> None:
    reader, _ = reader_of_one_configuration(bare, names=True)
    _, another = reader_of_one_configuration(bare, names=True)
    assert reader.start_configuration_session(**another)["InitialConfigurationToken"]


# --- Calls that are authorised on a resource ---


def session_that_may(emulator: Emulator, action: str, arn: str, service: str) -> Any:
    """A client of a role that may make one call on one resource."""
    session = open_session(emulator, f"role-{uuid4().hex[:8]}", {"Effect": "Allow", "Action": action, "Resource": arn})
    return client(emulator, service, **session)


def trail_with_tags(emulator: Emulator, name: str) -> str:
    client(emulator, "s3").create_bucket(Bucket=f"trails-{name}")
    created = client(emulator, "cloudtrail").create_trail(
        Name=name, S3BucketName=f"trails-{name}", TagsList=[{"Key": "owner", "Value": "team"}]
    )
    return str(created["TrailARN"])


def read_tags(cloudtrail: Any, trail: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloudtrail.list_tags(ResourceIdList=[trail])["ResourceTagList"][0]["TagsList"]
    return found


def test_the_tags_of_a_trail_are_read_with_a_policy_for_it_alone(closed: Emulator) -> None:
    trail = trail_with_tags(closed, "one")
    assert read_tags(session_that_may(closed, "cloudtrail:ListTags", trail, "cloudtrail"), trail)
    other = trail_with_tags(closed, "other")
    with pytest.raises(ClientError, match="AccessDenied"):
        read_tags(session_that_may(closed, "cloudtrail:ListTags", trail, "cloudtrail"), other)


def test_ministack_still_asks_for_the_tags_of_every_trail(bare: Emulator) -> None:
    trail = trail_with_tags(bare, "one")
    with pytest.raises(ClientError, match="AccessDenied"):
        read_tags(session_that_may(bare, "cloudtrail:ListTags", trail, "cloudtrail"), trail)


def test_a_trail_keeps_the_tags_it_is_created_with(closed: Emulator) -> None:
    trail = trail_with_tags(closed, "tagged")
    assert read_tags(client(closed, "cloudtrail"), trail) == [{"Key": "owner", "Value": "team"}]


def test_ministack_still_forgets_the_tags_a_trail_is_created_with(bare: Emulator) -> None:
    trail = trail_with_tags(bare, "tagged")
    assert read_tags(client(bare, "cloudtrail"), trail) == []


def table(emulator: Emulator) -> str:
    created = client(emulator, "dynamodb").create_table(
        TableName=f"table-{uuid4().hex[:8]}",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return str(created["TableDescription"]["TableArn"])


def topic(emulator: Emulator) -> str:
    return str(client(emulator, "sns").create_topic(Name=f"topic-{uuid4().hex[:8]}")["TopicArn"])


def key_with_an_alias(emulator: Emulator) -> str:
    kms = client(emulator, "kms")
    arn = str(kms.create_key()["KeyMetadata"]["Arn"])
    kms.create_alias(AliasName=f"alias/{arn.rpartition('/')[2]}", TargetKeyId=arn)
    return arn


ON_A_RESOURCE: list[tuple[str, Callable[[Emulator], str], Callable[[Any, str], Any]]] = [
    ("dynamodb:ListTagsOfResource", table, lambda it, arn: it.list_tags_of_resource(ResourceArn=arn)),
    ("sns:ListTagsForResource", topic, lambda it, arn: it.list_tags_for_resource(ResourceArn=arn)),
    (
        "kms:DescribeKey",
        key_with_an_alias,
        lambda it, arn: it.describe_key(KeyId=f"alias/{arn.rpartition('/')[2]}"),
    ),
]
"""Actions that are allowed on one resource, how one is made, and the call."""


@pytest.mark.parametrize(("action", "make", "call"), ON_A_RESOURCE)
def test_a_resource_is_read_with_a_policy_for_it_alone(
    closed: Emulator, action: str, make: Callable[[Emulator], str], call: Callable[[Any, str], Any]
) -> None:
    arn, other = make(closed), make(closed)
    reader = session_that_may(closed, action, arn, action.partition(":")[0])
    assert call(reader, arn)
    with pytest.raises(ClientError, match=r"AccessDenied|AuthorizationError"):
        call(reader, other)


@pytest.mark.parametrize(("action", "make", "call"), ON_A_RESOURCE)
def test_ministack_still_asks_for_every_resource_or_for_the_alias(
    bare: Emulator, action: str, make: Callable[[Emulator], str], call: Callable[[Any, str], Any]
) -> None:
    arn = make(bare)
    with pytest.raises(ClientError, match=r"AccessDenied|AuthorizationError"):
        call(session_that_may(bare, action, arn, action.partition(":")[0]), arn)


def read_last_use_of_one_users_key(emulator: Emulator) -> str:
    iam = client(emulator, "iam")
    user = iam.create_user(UserName="one")["User"]["Arn"]
    key = iam.create_access_key(UserName="one")["AccessKey"]["AccessKeyId"]
    reader = session_that_may(emulator, "iam:GetAccessKeyLastUsed", user, "iam")
    return str(reader.get_access_key_last_used(AccessKeyId=key)["UserName"])


def test_the_last_use_of_a_key_is_read_with_a_policy_for_its_user_alone(closed: Emulator) -> None:
    assert read_last_use_of_one_users_key(closed) == "one"


def test_ministack_still_asks_for_the_keys_of_every_user(bare: Emulator) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        read_last_use_of_one_users_key(bare)


# --- The policy simulator ---


def simulate_one_role(emulator: Emulator, name: str) -> str:
    """What the simulator says of a role that may list buckets if it is tagged, asked by who may ask about it alone."""
    condition = {"StringEquals": {"aws:PrincipalTag/may": "list"}}
    allowed = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*", "Condition": condition}
    role = create_role(emulator, name, trusted={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, allowed=allowed)
    asks = session_that_may(emulator, "iam:SimulatePrincipalPolicy", role, "iam")
    tag = {"ContextKeyName": "aws:PrincipalTag/may", "ContextKeyValues": ["list"], "ContextKeyType": "string"}
    answer = asks.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["s3:ListAllMyBuckets"], ContextEntries=[tag]
    )
    return str(answer["EvaluationResults"][0]["EvalDecision"])


def test_who_may_ask_about_one_role_is_answered_with_the_keys_that_are_given(closed: Emulator) -> None:
    assert simulate_one_role(closed, "simulated") == "allowed"


def test_ministack_still_asks_for_every_principal(bare: Emulator) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        simulate_one_role(bare, "simulated")


def test_ministack_still_simulates_without_the_keys_that_are_given(bare: Emulator) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/may": "list"}}
    allowed = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*", "Condition": condition}
    role = create_role(bare, "untagged", trusted={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, allowed=allowed)
    tag = {"ContextKeyName": "aws:PrincipalTag/may", "ContextKeyValues": ["list"], "ContextKeyType": "string"}
    answer = client(bare, "iam").simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["s3:ListAllMyBuckets"], ContextEntries=[tag]
    )
    assert answer["EvaluationResults"][0]["EvalDecision"] == "implicitDeny"


# --- A rule of a security group with two sources ---


def revoke_one_of_two_sources(emulator: Emulator) -> list[str]:
    ec2 = client(emulator, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="two", Description="two", VpcId=vpc)["GroupId"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    inside, world = {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ssh | inside | world])
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[ssh | world])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    return sorted(rule.get("CidrIpv4") or rule["CidrIpv6"] for rule in rules if not rule["IsEgress"])


def test_one_source_of_a_rule_is_revoked_alone(closed: Emulator) -> None:
    assert revoke_one_of_two_sources(closed) == ["10.0.0.0/8"]


def test_ministack_still_leaves_a_source_that_was_put_together_with_another(bare: Emulator) -> None:
    assert revoke_one_of_two_sources(bare) == ["10.0.0.0/8", "::/0"]


# --- Whether a bucket's policy is public ---


def policy_status(emulator: Emulator, policy: str | None) -> dict[str, Any]:
    s3, bucket = client(emulator, "s3"), f"bucket-{uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    if policy is not None:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy.replace("BUCKET", bucket))
    found: dict[str, Any] = s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]
    return found


def _reads(principal: str) -> str:
    objects = "arn:aws:s3:::BUCKET/*"
    return document({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:GetObject", "Resource": objects})


def test_a_bucket_tells_whether_its_policy_is_public(closed: Emulator) -> None:
    assert policy_status(closed, _reads("*")) == {"IsPublic": True}
    assert policy_status(closed, _reads(f"arn:aws:iam::{ACCOUNT}:root")) == {"IsPublic": False}
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        policy_status(closed, None)


def test_ministack_still_does_not_tell_whether_a_policy_is_public(bare: Emulator) -> None:
    assert policy_status(bare, _reads("*")) == {}


# --- A database instance outside a cluster ---


def single_instance(emulator: Emulator) -> dict[str, Any]:
    rds = client(emulator, "rds")
    created: dict[str, Any] = rds.create_db_instance(
        DBInstanceIdentifier="single",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="one",
        ManageMasterUserPassword=True,
    )["DBInstance"]
    return created


NAMED_IF_THERE = {"DBClusterIdentifier", "ReadReplicaSourceDBInstanceIdentifier"}


def test_an_instance_outside_a_cluster_that_is_no_replica_names_neither(closed: Emulator) -> None:
    assert NAMED_IF_THERE.isdisjoint(single_instance(closed))


def test_ministack_still_names_an_empty_cluster_and_an_empty_source(bare: Emulator) -> None:
    found = single_instance(bare)
    assert {found[name] for name in NAMED_IF_THERE} == {""}


# --- A load balancer ---


def load_balancer(emulator: Emulator) -> str:
    ec2 = client(emulator, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for number, zone in enumerate("ab")
    ]
    created = client(emulator, "elbv2").create_load_balancer(
        Name="web", Subnets=[subnet["Subnet"]["SubnetId"] for subnet in subnets]
    )
    return str(created["LoadBalancers"][0]["LoadBalancerArn"])


def test_a_load_balancer_has_hexadecimal_digits_at_the_end_of_its_arn(closed: Emulator) -> None:
    assert re.search(r"loadbalancer/app/web/[0-9a-f]{16}$", load_balancer(closed))


def test_ministack_still_has_any_letters_at_the_end_of_a_load_balancers_arn(bare: Emulator) -> None:
    assert re.search(r"loadbalancer/app/web/[0-9a-z]*[g-z]", load_balancer(bare))


# --- A database instance that is being modified ---


def modified_instance(emulator: Emulator) -> tuple[Any, dict[str, Any]]:
    """A client, and what it is told of an instance right after that was made private."""
    rds = client(emulator, "rds")
    rds.create_db_instance(
        DBInstanceIdentifier="modified",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="one",
        ManageMasterUserPassword=True,
        PubliclyAccessible=True,
    )
    assert instance_named(rds, "modified")["DBInstanceStatus"] == "available"
    rds.modify_db_instance(DBInstanceIdentifier="modified", PubliclyAccessible=False)
    return rds, instance_named(rds, "modified")


def instance_named(rds: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    return found


def test_an_instance_is_modifying_for_a_while_after_a_modification(closed: Emulator) -> None:
    rds, found = modified_instance(closed)
    assert found["DBInstanceStatus"] == "modifying"
    deadline = time.monotonic() + 10
    while (found := instance_named(rds, "modified"))["DBInstanceStatus"] == "modifying":
        assert time.monotonic() < deadline, "the modification never ends"
        time.sleep(0.2)
    assert (found["DBInstanceStatus"], found["PubliclyAccessible"]) == ("available", False)


def test_ministack_still_modifies_an_instance_at_once(bare: Emulator) -> None:
    _, found = modified_instance(bare)
    assert (found["DBInstanceStatus"], found["PubliclyAccessible"]) == ("available", False)


# --- Who a session is, in a condition ---


def publish_as(emulator: Emulator, role: str, *, allowed: str) -> None:
    """Publish as a session of a role, to a topic that denies everybody but the role named ``allowed``."""
    sns, suffix = client(emulator, "sns"), uuid4().hex[:8]
    session = open_session(emulator, f"{role}-{suffix}", {"Effect": "Allow", "Action": "sns:*", "Resource": "*"})
    topic = sns.create_topic(Name=f"topic-{suffix}")["TopicArn"]
    others = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{allowed}-{suffix}"}},
    }
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document(others))
    client(emulator, "sns", **session).publish(TopicArn=topic, Message="one")


def test_a_session_is_compared_by_its_role(closed: Emulator) -> None:
    publish_as(closed, "publisher", allowed="publisher")
    with pytest.raises(ClientError, match="AuthorizationError"):
        publish_as(closed, "stranger", allowed="publisher")


def test_ministack_still_compares_a_session_by_its_own_name(bare: Emulator) -> None:
    with pytest.raises(ClientError, match="AuthorizationError"):
        publish_as(bare, "publisher", allowed="publisher")


# --- Which rule may deliver to a queue ---


def rules_and_senders_that_reach_a_queue(emulator: Emulator) -> list[str]:
    """Who of two rules and two roles reaches a queue whose policy lets in one of each."""
    sqs, events, suffix = client(emulator, "sqs"), client(emulator, "events"), uuid4().hex[:8]
    url, queue = create_queue(sqs, f"queue-{suffix}")
    rules = {
        name: events.put_rule(Name=f"{name}-{suffix}", EventPattern=json.dumps({"source": [f"{name}-{suffix}"]}))
        for name in ("other-rule", "rule")
    }
    rule = rules["rule"]["RuleArn"]
    sending = {"Action": "sqs:SendMessage", "Resource": queue}
    from_the_rule = {"Condition": {"ArnEquals": {"aws:SourceArn": rule}}}
    from_elsewhere = {
        "Condition": {
            "ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/sender-{suffix}"},
            "ArnNotEquals": {"aws:SourceArn": rule},
        }
    }
    policy = document(
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}} | sending | from_the_rule,
        {"Effect": "Deny", "Principal": "*"} | sending | from_elsewhere,
    )
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    for name in rules:
        target = {"Id": "queue", "Arn": queue, "Input": json.dumps(name)}
        events.put_targets(Rule=f"{name}-{suffix}", Targets=[target])
        events.put_events(Entries=[{"Source": f"{name}-{suffix}", "DetailType": "any", "Detail": "{}"}])
    for name in ("other-sender", "sender"):
        session = open_session(emulator, f"{name}-{suffix}", {"Effect": "Allow"} | sending)
        with suppress(ClientError):
            client(emulator, "sqs", **session).send_message(QueueUrl=url, MessageBody=json.dumps(name))
    return sorted(json.loads(message["Body"]) for message in receive(sqs, url, at_least=2))


def create_queue(sqs: Any, name: str) -> tuple[str, str]:
    """Returns its URL and its ARN."""
    url = str(sqs.create_queue(QueueName=name)["QueueUrl"])
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, str(attributes["QueueArn"])


def receive(sqs: Any, url: str, *, at_least: int) -> list[dict[str, Any]]:
    """What a queue holds, once there is so much and no more comes."""
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + 30
    while True:
        asked = {"AttributeNames": ["SenderId"], "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1}
        came = sqs.receive_message(QueueUrl=url, **asked).get("Messages", [])
        found += came
        if not came and len(found) >= at_least:
            return found
        assert time.monotonic() < deadline, f"{len(found)} messages came, not {at_least}"


def test_a_rule_delivers_to_a_queue_only_if_the_policy_of_the_queue_lets_it(closed: Emulator) -> None:
    assert rules_and_senders_that_reach_a_queue(closed) == ["rule", "sender"]


def test_ministack_still_lets_every_rule_deliver(bare: Emulator) -> None:
    assert rules_and_senders_that_reach_a_queue(bare) == ["other-rule", "rule"]


# --- Where CloudTrail writes that a role was assumed ---


def names_of_events(emulator: Emulator, account: str) -> set[str]:
    found = client(emulator, "cloudtrail", aws_access_key_id=account, aws_secret_access_key="test").lookup_events()
    return {event["EventName"] for event in found["Events"]}


def assume_a_role_of_another_account(emulator: Emulator) -> str:
    """Returns the role's account."""
    owner = "555555555555"
    iam = client(emulator, "iam", aws_access_key_id=owner, aws_secret_access_key="test")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    client(emulator, "sts").assume_role(RoleArn=role, RoleSessionName="ours")
    return owner


def test_an_assumed_role_is_in_the_trail_of_its_own_account_too(closed: Emulator) -> None:
    assert "AssumeRole" in names_of_events(closed, assume_a_role_of_another_account(closed))
    assert "AssumeRole" in names_of_events(closed, ACCOUNT)


def test_ministack_still_writes_it_under_another_name_and_for_the_caller_only(bare: Emulator) -> None:
    assert "POST.sts" not in names_of_events(bare, assume_a_role_of_another_account(bare))
    assert "POST.sts" in names_of_events(bare, ACCOUNT)


# --- What a function can import ---

IMPORTER = """
import importlib.util, os
def handler(event, context):
    specs = {name: importlib.util.find_spec(name) for name in ("boto3", "bundled", "runtime", "typer")}
    task = os.environ["LAMBDA_TASK_ROOT"]
    return {name: spec and ("asset" if spec.origin.startswith(task) else "runtime") for name, spec in specs.items()}
"""


def create_function(emulator: Emulator, name: str, code: str, *, allowed: dict[str, Any]) -> Any:
    """A function, and a module beside it. Returns a client."""
    asset = io.BytesIO()
    with zipfile.ZipFile(asset, "w") as archive:
        archive.writestr("entry.py", code)
        archive.writestr("bundled.py", "")
    function = client(emulator, "lambda")
    function.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="entry.handler",
        Role=create_role(emulator, name, trusted={"Service": "lambda.amazonaws.com"}, allowed=allowed),
        Code={"ZipFile": asset.getvalue()},
        Timeout=10,
    )
    function.get_waiter("function_active_v2").wait(FunctionName=name)
    return function


def what_a_function_can_import(emulator: Emulator) -> dict[str, str | None]:
    logs = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
    function = create_function(emulator, "imports", IMPORTER, allowed=logs)
    answer = function.invoke(FunctionName="imports")
    found: dict[str, str | None] = json.loads(answer["Payload"].read())
    return found


def test_a_function_sees_its_asset_and_boto3_only(closed: Emulator) -> None:
    assert what_a_function_can_import(closed) == {
        "boto3": "runtime",
        "bundled": "asset",
        "runtime": None,
        "typer": None,
    }


def test_ministack_still_shows_a_function_everything_that_is_installed_beside_it(bare: Emulator) -> None:
    assert what_a_function_can_import(bare)["typer"] == "runtime"


# --- Who sent a message ---

FORWARDER = """
import boto3
def handler(event, context):
    for record in event["Records"]:
        boto3.client("sqs").send_message(QueueUrl=record["body"], MessageBody=record["attributes"]["SenderId"])
"""


def senders(emulator: Emulator) -> tuple[set[str], set[str], set[str]]:
    """The ids of a user and of a session: as STS tells each of them, and as SQS tells a reader, and a function."""
    sqs, suffix = client(emulator, "sqs"), uuid4().hex[:8]
    everything = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    answers, _ = create_queue(sqs, f"answers-{suffix}")
    read_here, _ = create_queue(sqs, f"read-{suffix}")
    handled, handled_arn = create_queue(sqs, f"handled-{suffix}")
    function = create_function(emulator, f"forwarder-{suffix}", FORWARDER, allowed=everything)
    function.create_event_source_mapping(FunctionName=f"forwarder-{suffix}", EventSourceArn=handled_arn, BatchSize=1)
    told = set()
    for credentials in (
        user_that_may(emulator, f"user-{suffix}", everything),
        open_session(emulator, suffix, everything),
    ):
        told.add(client(emulator, "sts", **credentials).get_caller_identity()["UserId"])
        sender = client(emulator, "sqs", **credentials)
        sender.send_message(QueueUrl=read_here, MessageBody="one")
        sender.send_message(QueueUrl=handled, MessageBody=answers)
    read = {message["Attributes"]["SenderId"] for message in receive(sqs, read_here, at_least=2)}
    return told, read, {message["Body"] for message in receive(sqs, answers, at_least=2)}


def user_that_may(emulator: Emulator, name: str, allowed: dict[str, Any]) -> dict[str, str]:
    """The credentials of a new user that may do what one statement allows."""
    iam = client(emulator, "iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="allowed", PolicyDocument=document(allowed))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def test_a_message_names_its_sender_as_sts_does(closed: Emulator) -> None:
    told, read, handled = senders(closed)
    assert read == handled == told
    assert len(told) == 2


def test_ministack_still_names_the_account_of_the_sender(bare: Emulator) -> None:
    told, read, handled = senders(bare)
    assert read == handled == {ACCOUNT}
    assert ACCOUNT not in told


# --- Batches of messages ---


def send_a_batch_as_somebody_who_may_send(emulator: Emulator) -> str:
    """Returns the message as it arrived."""
    name, sqs = f"batch-{uuid4().hex[:8]}", client(emulator, "sqs")
    url, arn = create_queue(sqs, name)
    sender = client(
        emulator,
        "sqs",
        **open_session(emulator, name, {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}),
    )
    sender.send_message_batch(QueueUrl=url, Entries=[{"Id": "0", "MessageBody": "one of a batch"}])
    (message,) = receive(sqs, url, at_least=1)
    return str(message["Body"])


def test_who_may_send_messages_may_send_a_batch_of_them(closed: Emulator) -> None:
    assert send_a_batch_as_somebody_who_may_send(closed) == "one of a batch"


def test_ministack_still_asks_for_a_permission_of_its_own_to_send_a_batch(bare: Emulator) -> None:
    with pytest.raises(ClientError, match="sqs:SendMessageBatch"):
        send_a_batch_as_somebody_who_may_send(bare)


# --- Partitions ---


def create_table(emulator: Emulator) -> str:
    """A table with a partition key only. Returns its name."""
    table = f"table-{uuid4().hex[:8]}"
    client(emulator, "dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "partition", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "partition", "KeyType": "HASH"}],
    )
    return table


def user_of_one_partition(emulator: Emulator) -> tuple[Any, str]:
    """A client that may put, update and query in the partition "mine" of a table, and the table's name."""
    table = create_table(emulator)
    allowed = {
        "Effect": "Allow",
        "Action": ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
        "Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}",
        "Condition": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["mine*"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }
    return client(emulator, "dynamodb", **open_session(emulator, f"writer-{table}", allowed)), table


def requests_in(user: Any, table: str, partition: str) -> dict[str, Callable[[], Any]]:
    """Everything that the user may ask in its partition."""
    key = {"partition": {"S": partition}}
    update = {"TableName": table, "Key": key, "UpdateExpression": "ADD n :one"}
    update["ExpressionAttributeValues"] = {":one": {"N": "1"}}
    query = {"KeyConditionExpression": "#p = :p", "ExpressionAttributeNames": {"#p": "partition"}}
    query["ExpressionAttributeValues"] = {":p": {"S": partition}}
    mine = {"Put": {"TableName": table, "Item": {"partition": {"S": "mine-too"}}}}
    return {
        "put": lambda: user.put_item(TableName=table, Item=key),
        "update": lambda: user.update_item(**update),
        "query": lambda: user.query(TableName=table, **query),
        "transaction": lambda: user.transact_write_items(TransactItems=[mine, {"Update": update}]),
    }


REQUESTS = ("put", "update", "query", "transaction")


@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_policy_for_some_partitions_lets_those_be_used_and_no_others(closed: Emulator, request_name: str) -> None:
    user, table = user_of_one_partition(closed)
    requests_in(user, table, "mine")[request_name]()
    before = client(closed, "dynamodb").scan(TableName=table)["Items"]
    with pytest.raises(ClientError, match="AccessDenied"):
        requests_in(user, table, "another")[request_name]()
    assert client(closed, "dynamodb").scan(TableName=table)["Items"] == before


@pytest.mark.parametrize("request_name", REQUESTS)
def test_ministack_still_does_not_know_which_partition_is_asked_for(bare: Emulator, request_name: str) -> None:
    user, table = user_of_one_partition(bare)
    with pytest.raises(ClientError, match="AccessDenied"):
        requests_in(user, table, "mine")[request_name]()


# --- The policies of tables and functions ---


def deploy(emulator: Emulator, resources: dict[str, Any]) -> None:
    cloudformation, name = client(emulator, "cloudformation"), f"stack-{uuid4().hex[:8]}"
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def only(user: str, *actions: str, resource: str) -> dict[str, Any]:
    """A policy that refuses these actions to everybody but one role."""
    condition = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{user}"}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": list(actions),
                "Resource": resource,
                "Condition": {**condition, "Bool": {"aws:PrincipalIsAWSService": "false"}},
            }
        ],
    }


def writers_of_a_table(emulator: Emulator) -> list[str]:
    """Those of two roles with every right that a table takes an item from, alone and in a transaction."""
    name, everything = f"table-{uuid4().hex[:8]}", {"Effect": "Allow", "Action": "*", "Resource": "*"}
    mine, other = f"mine-{name}", f"other-{name}"
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    policy = only(mine, "dynamodb:PutItem", "dynamodb:UpdateItem", resource=arn)
    properties = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "partition", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "partition", "KeyType": "HASH"}],
        "Replicas": [{"Region": REGION, "ResourcePolicy": {"PolicyDocument": policy}}],
    }
    deploy(emulator, {"Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}})
    put = {"TableName": name, "Item": {"partition": {"S": "x"}}}
    wrote = []
    for role in (mine, other):
        user = client(emulator, "dynamodb", **open_session(emulator, role, everything))
        for how, write in (
            ("alone", lambda user=user: user.put_item(**put)),
            ("in a transaction", lambda user=user: user.transact_write_items(TransactItems=[{"Put": put}])),
        ):
            with suppress(ClientError):
                write()
                wrote.append(f"{role.partition('-')[0]} {how}")
    return wrote


def test_a_table_asks_its_own_policy_who_may_write(closed: Emulator) -> None:
    assert writers_of_a_table(closed) == ["mine alone", "mine in a transaction"]


def test_ministack_still_deploys_a_table_without_its_policy(bare: Emulator) -> None:
    assert len(writers_of_a_table(bare)) == 4


ECHO = "def handler(event, context):\n    return event\n"


def invokers_of_a_function(emulator: Emulator) -> list[str]:
    """Those of two roles with every right that a function with a policy of its own answers."""
    name, everything = f"function-{uuid4().hex[:8]}", {"Effect": "Allow", "Action": "*", "Resource": "*"}
    mine, other = f"mine-{name}", f"other-{name}"
    create_function(emulator, name, ECHO, allowed=everything)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    policy = only(mine, "lambda:InvokeFunction", resource=arn)
    properties = {"ResourceArn": arn, "PolicyDocument": policy}
    deploy(emulator, {"Policy": {"Type": "AWS::Lambda::ResourcePolicy", "Properties": properties}})
    answered = []
    for role in (mine, other):
        user = client(emulator, "lambda", **open_session(emulator, role, everything))
        with suppress(ClientError):
            user.invoke(FunctionName=name)
            answered.append(role.partition("-")[0])
    return answered


def test_a_function_asks_its_own_policy_who_may_invoke_it(closed: Emulator) -> None:
    assert invokers_of_a_function(closed) == ["mine"]


def test_ministack_still_cannot_deploy_a_functions_policy_as_a_whole(bare: Emulator) -> None:
    with pytest.raises(ClientError, match="Unrecognized resource types"):
        invokers_of_a_function(bare)


# --- Ports ---


def listens_on(emulator: Emulator) -> set[int]:
    connections = psutil.Process(emulator.pid).net_connections(kind="tcp")
    return {connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN}


def test_the_local_aws_listens_on_its_one_port(closed: Emulator) -> None:
    assert listens_on(closed) == {closed.port}


def test_ministack_still_takes_the_port_of_https_where_it_may(bare: Emulator) -> None:
    if 443 not in listens_on(bare):
        pytest.skip("port 443 is taken, or not for this user")
    assert listens_on(bare) == {bare.port, 443}
