"""The scenes of the demonstration: misconfigured resources, the findings about them, and how each must end.

The end-to-end tests play them too, so what the demonstration shows is what is tested.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from local.environment import LocalEnvironment
from runtime.application.ports import Store
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.principal import Principal
from runtime.items.exceptions import approved, in_force_key, requested
from tests.samples.render import issue_body

CATALOG = Path(__file__).resolve().parent.parent / "config" / "catalog.yaml"
OVERRIDES = Path(__file__).resolve().parent / "overrides.yaml"
"""What the local AWS has besides: the rules of its tenant."""

ROLELESS_ACCOUNT = "444444444444"
"""Onboarded in the registry, but its owner has not deployed the customer role."""

UNKNOWN_ACCOUNT = "555555555555"

OWNER = "payments@example.com"

PUBLIC_POLICIES_RULE = "S3 Bucket 'Block Public Access' should be configured to block public access through policies"
"""Wiz's name of a rule about Block Public Access, which the catalog answers."""

type State = Any
"""What a service answers about a resource, as JSON values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One finding. ``body`` is published as it is; ``look`` reads the resource with the customer's own rights."""

    key: str
    title: str
    outcome: Outcome
    reason: Reason
    body: str
    fix_id: str = ""
    resource_arn: str = ""
    look: Callable[[], State] | None = None


def in_days(days: int) -> str:
    """The day in UTC that many days from now, as ``YYYY-MM-DD``."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


@cache
def rules_by_entry() -> dict[str, str]:
    """For each catalog entry that answers rules of Wiz's, the id of the first of them."""
    return {entry_id: match["rules"][0] for entry_id, match in _matches().items() if "rules" in match}


@cache
def rule_names_by_entry() -> dict[str, str]:
    """For each catalog entry that answers rules of Wiz's by their names, the first of these."""
    return {entry_id: match["control_names"][0] for entry_id, match in _matches().items() if "control_names" in match}


@cache
def _matches() -> dict[str, Mapping[str, Any]]:
    matches = {entry["id"]: entry["match"] for entry in yaml.safe_load(CATALOG.read_text())}
    overrides = yaml.safe_load(OVERRIDES.read_text())
    return {**matches, **{entry_id: override["match"] for entry_id, override in overrides.items()}}


@cache
def entries_by_fix() -> dict[str, str]:
    """For each fix, the first catalog entry with it."""
    entries = yaml.safe_load(CATALOG.read_text())
    return {entry["fix"]: entry["id"] for entry in reversed(entries)}


class Stage:
    """Builds the scenes' resources in the customer's account.

    ``customer`` gives a client of a service in that account, ``store`` has the platform's tables; ``name`` makes the
    resources' names different from another stage's in the same account.
    """

    def __init__(
        self,
        *,
        customer: Callable[[str], BaseClient],
        store: Store,
        account_id: str,
        region: str,
        name: str,
    ) -> None:
        self._customer = customer
        self._store = store
        self.account_id = account_id
        self._region = region
        self._name = name
        self._entries = entries_by_fix()

    @classmethod
    def of(cls, environment: LocalEnvironment, name: str) -> Self:
        """In the environment's own customer account and region."""
        return cls(
            customer=environment.customer,
            store=environment.store(),
            account_id=environment.customer_account,
            region=environment.region,
            name=name,
        )

    def scenes(self) -> Iterator[Scene]:
        """Every scene, each built when it is asked for."""
        yield from self.remediations()
        yield self.restricted_production()
        yield self.dry_run()
        yield self.owner_missing()
        yield self.environment_unclear()
        yield self.severity_below_floor()
        yield self.exception_approved()
        yield self.exception_expired()
        yield self.suppressed_by_tag()
        yield self.issue_resolved()
        yield self.unsupported_control()
        yield self.malformed()
        yield self.account_not_onboarded()
        yield self.role_missing()

    def remediations(self) -> Iterator[Scene]:
        """One eligible finding for each fix."""
        for build in (
            self.public_bucket,
            self.bucket_without_tls,
            self.open_security_group,
            self.unrotated_key,
            self.unvalidated_trail,
            self.public_snapshot,
            self.exposed_access_key,
            self.public_database,
        ):
            yield build()

    # -- REMEDIATE, one for each fix ---------------------------------------------------------------------------------

    def public_bucket(self) -> Scene:
        """Told in Wiz's present default body, which has the rule's name for an id; the others are in the older."""
        bucket = self._bucket("public", block=False)
        return self._scene(
            "s3-block-public-access",
            "a bucket without Block Public Access",
            Outcome.REMEDIATE,
            Reason.ELIGIBLE,
            "s3-block-public-access",
            f"arn:aws:s3:::{bucket}",
            lambda: self._public_access_block(bucket),
            form="current",
            control_name=PUBLIC_POLICIES_RULE,
        )

    def bucket_without_tls(self) -> Scene:
        bucket = self._bucket("plain-http", block=True)
        return self._eligible(
            "s3-deny-insecure-transport",
            "a bucket that answers without TLS",
            f"arn:aws:s3:::{bucket}",
            lambda: self._bucket_policy(bucket),
        )

    def open_security_group(self) -> Scene:
        group = self._security_group("ssh", {"environment": "dev", "owner": OWNER})
        return self._eligible(
            "ec2-security-group-world-ingress",
            "ports 20 to 25 open to the internet, of which 22 must not be",
            self._arn("ec2", f"security-group/{group}"),
            lambda: self._ingress(group),
        )

    def unrotated_key(self) -> Scene:
        kms = self._customer("kms")
        key = kms.create_key(
            Tags=[{"TagKey": "environment", "TagValue": "dev"}, {"TagKey": "owner", "TagValue": OWNER}]
        )["KeyMetadata"]["KeyId"]
        return self._eligible(
            "kms-key-rotation",
            "a KMS key that is never rotated",
            self._arn("kms", f"key/{key}"),
            lambda: {"KeyRotationEnabled": kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]},
        )

    def unvalidated_trail(self) -> Scene:
        trail, bucket = f"trail-{self._name}", self._bucket("trail", block=True)
        cloudtrail = self._customer("cloudtrail")
        cloudtrail.create_trail(
            Name=trail,
            S3BucketName=bucket,
            EnableLogFileValidation=False,
            TagsList=_tags(environment="dev", owner=OWNER),
        )
        return self._eligible(
            "cloudtrail-log-file-validation",
            "a trail whose log files can be altered unnoticed",
            self._arn("cloudtrail", f"trail/{trail}"),
            lambda: {"LogFileValidationEnabled": cloudtrail.get_trail(Name=trail)["Trail"]["LogFileValidationEnabled"]},
        )

    def public_snapshot(self) -> Scene:
        ec2 = self._customer("ec2")
        volume = ec2.create_volume(AvailabilityZone=f"{self._region}a", Size=1)["VolumeId"]
        snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        ec2.create_tags(Resources=[snapshot], Tags=_tags(environment="dev", owner=OWNER))
        ec2.modify_snapshot_attribute(
            SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
        )

        def look() -> State:
            answer = ec2.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
            return answer["CreateVolumePermissions"]

        return self._eligible(
            "ebs-snapshot-private",
            "a snapshot that everybody may restore",
            f"arn:aws:ec2:{self._region}::snapshot/{snapshot}",
            look,
        )

    def exposed_access_key(self) -> Scene:
        iam, user = self._customer("iam"), f"deploy-{self._name}"
        iam.create_user(UserName=user, Tags=_tags(environment="dev", owner=OWNER))
        key = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
        return self._eligible(
            "iam-access-key-deactivate",
            "a user whose access key was found in public",
            f"arn:aws:iam::{self.account_id}:user/{user}",
            lambda: {
                found["AccessKeyId"]: found["Status"]
                for found in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
                if found["AccessKeyId"] == key
            },
            entry="iam-access-key-exposed",
        )

    def public_database(self) -> Scene:
        rds, database = self._customer("rds"), f"orders-{self._name}"
        rds.create_db_instance(
            DBInstanceIdentifier=database,
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="orders",
            ManageMasterUserPassword=True,
            PubliclyAccessible=True,
            Tags=_tags(environment="dev", owner=OWNER),
        )

        def look() -> State:
            found = rds.describe_db_instances(DBInstanceIdentifier=database)["DBInstances"][0]
            return {name: found[name] for name in ("PubliclyAccessible", "DBInstanceStatus")}

        return self._eligible(
            "rds-instance-not-public",
            "a database with a public address",
            self._arn("rds", f"db:{database}"),
            look,
        )

    # -- everything else ---------------------------------------------------------------------------------------------

    def restricted_production(self) -> Scene:
        group = self._security_group("vault", {"environment": "restricted-production", "owner": OWNER})
        return self._scene(
            "restricted-production",
            "the same in restricted production",
            Outcome.APPROVE,
            Reason.RESTRICTED_PRODUCTION,
            "ec2-security-group-world-ingress",
            self._arn("ec2", f"security-group/{group}"),
            lambda: self._ingress(group),
        )

    def dry_run(self) -> Scene:
        bucket = self._bucket("rehearsal", block=True, environment="production")
        return self._scene(
            "dry-run",
            "a bucket in production, where this fix is only rehearsed",
            Outcome.DRY_RUN,
            Reason.DRY_RUN_BY_POLICY,
            "s3-deny-insecure-transport",
            f"arn:aws:s3:::{bucket}",
            lambda: self._bucket_policy(bucket),
        )

    def owner_missing(self) -> Scene:
        bucket = self._bucket("nobodys", block=False, owner="")
        return self._scene(
            "owner-missing",
            "a bucket that nobody owns",
            Outcome.NOTIFY,
            Reason.OWNER_MISSING,
            "s3-block-public-access",
            f"arn:aws:s3:::{bucket}",
            lambda: self._public_access_block(bucket),
        )

    def environment_unclear(self) -> Scene:
        bucket = self._bucket("somewhere", block=False, environment="")
        return self._scene(
            "environment-unclear",
            "a bucket that does not say where it belongs",
            Outcome.NOTIFY,
            Reason.ENVIRONMENT_UNCLEAR,
            "s3-block-public-access",
            f"arn:aws:s3:::{bucket}",
            lambda: self._public_access_block(bucket),
        )

    def severity_below_floor(self) -> Scene:
        bucket = self._bucket("minor", block=False)
        return self._scene(
            "severity-below-floor",
            "a finding of low severity",
            Outcome.NOTIFY,
            Reason.SEVERITY_BELOW_FLOOR,
            "s3-block-public-access",
            f"arn:aws:s3:::{bucket}",
            lambda: self._public_access_block(bucket),
            severity="LOW",
        )

    def exception_approved(self) -> Scene:
        return self._waived("exception-approved", "a bucket with an approved exception", days=30)

    def exception_expired(self) -> Scene:
        return self._waived("exception-expired", "a bucket whose exception has expired", days=-1)

    def _waived(self, key: str, title: str, *, days: int) -> Scene:
        bucket = self._bucket(key, block=False)
        self._except(f"EX-{key}-{self._name}", f"arn:aws:s3:::{bucket}", days=days)
        in_force = days > 0
        return self._scene(
            key,
            title,
            Outcome.SKIP if in_force else Outcome.REMEDIATE,
            Reason.EXCEPTION_APPROVED if in_force else Reason.ELIGIBLE,
            "s3-block-public-access",
            f"arn:aws:s3:::{bucket}",
            lambda: self._public_access_block(bucket),
        )

    def _except(self, exception_id: str, resource_arn: str, *, days: int) -> None:
        """Register an exception as it is once somebody asked for it and somebody else approved it."""
        now, in_force = datetime.now(UTC), in_force_key(self.account_id)

        def step(name: str) -> Step:
            principal = Principal(arn=f"arn:aws:sts::{self.account_id}:assumed-role/people/{name}", user_id=name)
            reason = "Serves the public download page until it moves behind CloudFront."
            return Step(principal=principal, reason=reason, at=now - timedelta(days=10), command_id=name)

        request = ExceptionRequest(
            id=exception_id,
            control=self._entries["s3-block-public-access"],
            account_id=self.account_id,
            resource=resource_arn,
            environment="",
            ticket="SEC-1234",
            expires_at=now + timedelta(days=days),
            requested=step("team"),
        )
        self._store.commit(requested(request))
        found = self._store.read([in_force]).item(in_force)
        self._store.commit(approved(RegisteredException(request=request), step("security"), found, now))

    def suppressed_by_tag(self) -> Scene:
        bucket = self._bucket("suppressed", block=False, extra={"suture:suppress": f"SEC-77/{in_days(30)}"})
        return self._scene(
            "suppressed-by-tag",
            "a bucket whose owner has tagged it to be left alone",
            Outcome.SKIP,
            Reason.SUPPRESSED_BY_TAG,
            "s3-block-public-access",
            f"arn:aws:s3:::{bucket}",
            lambda: self._public_access_block(bucket),
        )

    def issue_resolved(self) -> Scene:
        bucket = self._bucket("resolved", block=True)
        return self._scene(
            "issue-resolved",
            "an issue that Wiz has resolved",
            Outcome.SKIP,
            Reason.ISSUE_NOT_OPEN,
            "s3-block-public-access",
            f"arn:aws:s3:::{bucket}",
            lambda: self._public_access_block(bucket),
            status="RESOLVED",
        )

    def unsupported_control(self) -> Scene:
        bucket = self._bucket("other", block=True)
        return self._scene(
            "unsupported-control",
            "a control that the catalog has no answer to",
            Outcome.REJECT,
            Reason.UNSUPPORTED_CONTROL,
            "",
            f"arn:aws:s3:::{bucket}",
            lambda: self._public_access_block(bucket),
            rule_id="S3-UNHEARD-OF",
            control_id="wc-id-0",
            control_name="Something new",
            rule_name="Something new",
        )

    def malformed(self) -> Scene:
        return Scene(
            key="malformed",
            title="a body that a quotation mark has broken",
            outcome=Outcome.REJECT,
            reason=Reason.PAYLOAD_MALFORMED,
            body='{"issue": {"id": "' + str(uuid.uuid4()) + '", "status": "OPEN" "severity": "HIGH"}}',
        )

    def account_not_onboarded(self) -> Scene:
        return self._elsewhere("account-not-onboarded", UNKNOWN_ACCOUNT, Outcome.REJECT, Reason.ACCOUNT_NOT_ONBOARDED)

    def role_missing(self) -> Scene:
        return self._elsewhere("role-missing", ROLELESS_ACCOUNT, Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)

    def _elsewhere(self, key: str, account_id: str, outcome: Outcome, reason: Reason) -> Scene:
        return self._scene(
            key,
            f"a bucket in account {account_id}",
            outcome,
            reason,
            "s3-block-public-access",
            f"arn:aws:s3:::elsewhere-{self._name}",
            None,
            account_id=account_id,
        )

    # -- the parts ---------------------------------------------------------------------------------------------------

    def _eligible(
        self, fix_id: str, title: str, resource_arn: str, look: Callable[[], State], *, entry: str = ""
    ) -> Scene:
        return self._scene(
            fix_id,
            title,
            Outcome.REMEDIATE,
            Reason.ELIGIBLE,
            fix_id,
            resource_arn,
            look,
            entry=entry,
        )

    def _scene(
        self,
        key: str,
        title: str,
        outcome: Outcome,
        reason: Reason,
        fix_id: str,
        resource_arn: str,
        look: Callable[[], State] | None,
        *,
        entry: str = "",
        form: Literal["current", "older"] = "older",
        **overrides: Any,
    ) -> Scene:
        values = {
            "issue_id": str(uuid.uuid4()),
            "resource_id": resource_arn,
            "resource_name": resource_arn.rpartition(":")[2],
            "account_id": self.account_id,
            "region": self._region,
            "severity": "CRITICAL",
            "projects": (),
            "created_at": datetime.now(UTC).isoformat(),
            **(self._rule(entry or self._entries[fix_id]) if fix_id else {}),
            **overrides,
        }
        return Scene(
            key=key,
            title=title,
            outcome=outcome,
            reason=reason,
            body=json.dumps(issue_body(form, **values)),
            fix_id=fix_id,
            resource_arn=resource_arn,
            look=look,
        )

    @staticmethod
    def _rule(entry_id: str) -> dict[str, str]:
        """The first rule that a catalog entry answers, as Wiz tells of it."""
        name = rule_names_by_entry()[entry_id]
        return {"rule_id": rules_by_entry()[entry_id], "rule_name": name, "control_name": name}

    def _arn(self, service: str, resource: str) -> str:
        region = "" if service == "iam" else self._region
        return f"arn:aws:{service}:{region}:{self.account_id}:{resource}"

    def _bucket(
        self,
        role: str,
        *,
        block: bool,
        environment: str = "dev",
        owner: str = OWNER,
        extra: Mapping[str, str] | None = None,
    ) -> str:
        s3, bucket = self._customer("s3"), f"{role}-{self._name}"
        s3.create_bucket(Bucket=bucket)
        if not block:
            s3.delete_public_access_block(Bucket=bucket)  # new buckets have it
        tags = {"environment": environment, "owner": owner, **(extra or {})}
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": _tags(**{k: v for k, v in tags.items() if v})})
        return bucket

    def _security_group(self, role: str, tags: Mapping[str, str]) -> str:
        ec2 = self._customer("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        group: str = ec2.create_security_group(
            GroupName=f"{role}-{self._name}",
            Description="of the demonstration",
            VpcId=vpc,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": _tags(**tags)}],
        )["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 20,
                    "ToPort": 25,
                    "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "ftp, ssh and mail"}],
                },
                {
                    "IpProtocol": "tcp",
                    "FromPort": 22,
                    "ToPort": 22,
                    "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "from inside"}],
                    "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
                },
            ],
        )
        return group

    def _public_access_block(self, bucket: str) -> State:
        return _or_none(
            lambda: self._customer("s3").get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"],
            "NoSuchPublicAccessBlockConfiguration",
        )

    def _bucket_policy(self, bucket: str) -> State:
        return _or_none(
            lambda: json.loads(self._customer("s3").get_bucket_policy(Bucket=bucket)["Policy"]), "NoSuchBucketPolicy"
        )

    def _ingress(self, group: str) -> State:
        found = self._customer("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        return sorted(
            f"{rule['IpProtocol']} {rule.get('FromPort')}-{rule.get('ToPort')} from {address}"
            for rule in found["IpPermissions"]
            for address in (
                *(source["CidrIp"] for source in rule.get("IpRanges", ())),
                *(source["CidrIpv6"] for source in rule.get("Ipv6Ranges", ())),
            )
        )


def _tags(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _or_none(read: Callable[[], State], absent: str) -> State:
    try:
        return read()
    except ClientError as error:
        if error.response["Error"]["Code"] == absent:
            return None
        raise
