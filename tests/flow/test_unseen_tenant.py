"""A tenant that nobody has prepared anything for: what Wiz sends reaches the right fix with the catalog that ships.

The table is written from what is public of Wiz's rules, not from the files beside the fixes: each holds the other.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from string import Template
from typing import Any

import pytest

import app
from cli.facts import StatedFacts, parse_facts
from cli.policy import read_policy
from cli.simulation import simulate
from runtime.domain.case import Decision, LiveResourceNeeded
from runtime.domain.outcome import Reason
from runtime.domain.policy import Policy
from runtime.fixes.catalog import FIX_BY_ID, types_by_name
from tests.samples.render import README, Values, issue_body, render

NOW = datetime(2026, 3, 14, tzinfo=UTC)

BUCKET, GROUP, DATABASE = (
    "arn:aws:s3:::acme-invoices",
    "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0a1b2c3d",
    "arn:aws:rds:eu-central-1:111122223333:db:orders",
)
BLOCK, TLS, INGRESS, PRIVATE = (
    "s3-block-public-access",
    "s3-deny-insecure-transport",
    "ec2-security-group-world-ingress",
    "rds-instance-not-public",
)
BPA = "S3 Bucket 'Block Public Access' should be configured to block"
RESTRICT = "EC2 Security Group should restrict"
RETENTION = "rds-instance-backup-retention"
NETWORK_ACL, POLICY = "ec2-network-acl-world-ingress", "s3-policy-no-public-allow"


def closing(*ports: int | str, protocols: tuple[str, ...] = ("tcp",)) -> dict[str, Any]:
    """What a rule about ports means. Both protocols are what the fix does anyway."""
    return {"ports": list(ports), **({} if protocols == ("tcp", "udp") else {"protocols": list(protocols)})}


BOTH = ("tcp", "udp")

RULES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("S3-011", "", BLOCK, {}),
    ("S3-012", "S3 Bucket should have all 'Block Public Access' settings enabled", BLOCK, {}),
    ("S3-013", "S3 Bucket policy should deny HTTP requests", TLS, {}),
    ("S3-037", f"{BPA} the creation of new public ACLs", BLOCK, {}),
    ("S3-038", f"{BPA} public access through ACLs", BLOCK, {}),
    ("S3-039", f"{BPA} the creation of new public policies", BLOCK, {}),
    ("S3-040", f"{BPA} public access through policies", BLOCK, {}),
    ("S3-046", "S3 Bucket should prohibit public read access", BLOCK, {}),
    ("S3-047", "S3 Bucket should prohibit public write access", BLOCK, {}),
    ("RDS-003", "RDS instance should restrict public access", PRIVATE, {}),
    ("VPC-006", "VPC Flow Logs should be enabled in all applicable AWS regions", "vpc-flow-logs", {}),
    ("VPC-014", f"{RESTRICT} RDP access (TCP:3389)", INGRESS, closing(3389)),
    ("VPC-015", f"{RESTRICT} SSH access (TCP:22)", INGRESS, closing(22)),
    ("VPC-016", f"{RESTRICT} Telnet access (TCP:23)", INGRESS, closing(23)),
    ("VPC-017", f"{RESTRICT} VNC Listener access (TCP:5500)", INGRESS, closing(5500)),
    ("VPC-018", f"{RESTRICT} VNC Server access (TCP: 5800, 5900)", INGRESS, closing(5800, 5900)),
    ("VPC-019", f"{RESTRICT} RPC access (TCP:135)", INGRESS, closing(135)),
    ("VPC-020", f"{RESTRICT} SMB access (TCP:445)", INGRESS, closing(445)),
    (
        "VPC-021",
        f"{RESTRICT} CIFS access (UDP: 137, 138, 445, TCP: 139, 445)",
        INGRESS,
        {"tcp_ports": [139, 445], "udp_ports": [137, 138, 445]},
    ),
    ("VPC-022", f"{RESTRICT} DNS access (TCP:53)", INGRESS, closing(53)),
    ("VPC-023", f"{RESTRICT} DNS access (UDP:53)", INGRESS, closing(53, protocols=("udp",))),
    ("VPC-024", f"{RESTRICT} FTP access (TCP:21)", INGRESS, closing(21)),
    ("VPC-025", f"{RESTRICT} FTP Data access (TCP:20)", INGRESS, closing(20)),
    ("VPC-026", f"{RESTRICT} mSQL (Mini SQL) access (TCP/UDP: 4333)", INGRESS, closing(4333, protocols=BOTH)),
    ("VPC-027", f"{RESTRICT} MySQL access (TCP:3306)", INGRESS, closing(3306)),
    (
        "VPC-028",
        f"{RESTRICT} NetBIOS access (TCP:137,139, UDP:137,138)",
        INGRESS,
        {"tcp_ports": [137, 139], "udp_ports": [137, 138]},
    ),
    ("VPC-029", f"{RESTRICT} PostgreSQL access (TCP:5432)", INGRESS, closing(5432)),
    ("VPC-030", f"{RESTRICT} MSSQL access (TCP:1433)", INGRESS, closing(1433)),
    ("VPC-031", f"{RESTRICT} MSSQL access (UDP:1434)", INGRESS, closing(1434, protocols=("udp",))),
    ("VPC-032", f"{RESTRICT} SMTP access (TCP:25)", INGRESS, closing(25)),
    ("VPC-034", f"{RESTRICT} access to remote administration ports", INGRESS, closing(22, 3389, protocols=BOTH)),
    ("VPC-040", "", "elb-access-logs", {}),
    (
        "VPC-051",
        f"{RESTRICT} Cassandra access (TCP:7000,7001,7199,9042,9142,9160)",
        INGRESS,
        closing(7000, 7001, 7199, 9042, 9142, 9160),
    ),
    ("VPC-052", f"{RESTRICT} ElasticSearch access (TCP:9200,9300)", INGRESS, closing(9200, 9300)),
    ("VPC-053", f"{RESTRICT} LDAP access (TCP:389)", INGRESS, closing(389)),
    ("VPC-054", f"{RESTRICT} Memcached access (TCP/UDP:11211)", INGRESS, closing(11211, protocols=BOTH)),
    ("VPC-055", f"{RESTRICT} Redis access (TCP:6379)", INGRESS, closing(6379)),
    ("VPC-057", f"{RESTRICT} Kibana access (TCP:5601)", INGRESS, closing(5601)),
    ("VPC-058", "", INGRESS, closing(2379)),
    ("VPC-065", "", INGRESS, closing(7210)),
    ("VPC-066", "", INGRESS, closing(8529)),
    ("VPC-067", "", INGRESS, closing(5984)),
    ("VPC-068", "", INGRESS, closing(7473)),
    ("VPC-069", "", INGRESS, closing(8087)),
    ("VPC-070", "", INGRESS, closing(28015)),
    ("VPC-071", "", INGRESS, closing(7574)),
    ("VPC-075", "", INGRESS, closing(110, 995)),
    ("VPC-085", "", INGRESS, closing(2383)),
    ("VPC-093", f"{RESTRICT} NFS access (TCP:2049)", INGRESS, closing(2049)),
    (
        "Firewall-003",
        f"{RESTRICT} Oracle DB access (TCP:1521,1830,2483,2484)",
        INGRESS,
        closing(1521, 1830, 2483, 2484),
    ),
    ("Firewall-004", f"{RESTRICT} MongoDB access (TCP:27017-27020)", INGRESS, closing("27017-27020")),
    ("CloudTrail-008", "", "cloudtrail-multi-region", {}),
    (
        "VPC-013",
        "Default Security Group attached to a VPC should not allow all traffic",
        "ec2-default-security-group-closed",
        {},
    ),
    ("VPC-080", "Unused Security Group should be deleted", "ec2-security-group-strip", {}),
    ("VPC-100", "VPC NACL should not allow unrestricted RDP access", NETWORK_ACL, {"tcp_ports": [3389]}),
    ("VPC-101", "VPC NACL should not allow unrestricted SSH access", NETWORK_ACL, {"tcp_ports": [22]}),
    ("VPC-107", "AMI share settings should not allow public access", "ec2-image-not-public", {}),
    (
        "Firewall-007",
        "",
        "ec2-security-group-rules-narrow",
        {"ports": "all", "from_cidrs": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]},
    ),
    ("EC2-004", "EC2 instance should use IMDSv2", "ec2-instance-imdsv2", {}),
    ("EC2-013", "", "ec2-instance-profile", {}),
    ("S3-002", "S3 Bucket versioning should be enabled", "s3-versioning", {}),
    ("S3-003", "", "s3-acl-private", {}),
    ("S3-004", "S3 Bucket ACL should not allow global 'READ' access", "s3-acl-private", {}),
    ("S3-005", "", "s3-acl-private", {}),
    ("S3-006", "", "s3-acl-private", {}),
    ("S3-007", "", "s3-acl-private", {}),
    ("S3-010", "", "s3-default-encryption-kms", {}),
    ("S3-016", "", POLICY, {}),
    ("S3-017", "", POLICY, {}),
    ("S3-018", "", POLICY, {}),
    ("S3-019", "", POLICY, {}),
    ("S3-023", "", "s3-replication", {}),
    ("S3-027", "", "s3-account-block-public-access", {}),
    ("S3-028", "", "s3-account-block-public-access", {}),
    ("S3-029", "", POLICY, {}),
    ("S3-044", "", "s3-acl-disabled", {}),
    ("S3-048", "", "s3-abort-incomplete-uploads", {}),
    ("S3-049", "", "s3-default-encryption-kms", {}),
    ("SNS-001", "SNS Topic should be encrypted with a customer-managed key", "sns-topic-encryption", {}),
    ("SNS-002", "SNS Topic Server-Side Encryption (SSE) should be enabled", "sns-topic-encryption", {}),
    ("SQS-011", "SQS Queue policy should not allow access to all principals", "sqs-queue-policy-not-public", {}),
    ("ServiceConfiguration-052", "", "ssm-block-public-sharing", {}),
    ("DynamoDB-003", "DynamoDB Table point-in-time recovery should be enabled", "dynamodb-point-in-time-recovery", {}),
    ("RDS-001", "Database instance backup retention period should be at least a week", RETENTION, {}),
    ("RDS-024", "Database instance multi-AZ should be enabled", "rds-instance-multi-az", {}),
    ("RDS-027", "RDS Cluster deletion protection should be enabled", "rds-cluster-deletion-protection", {}),
    ("Redshift-002", "Redshift Cluster should not be publicly accessible", "redshift-cluster-not-public", {}),
    ("Snapshot-007", "", "rds-snapshot-private", {}),
    ("Snapshot-008", "", "rds-snapshot-private", {}),
    ("DataWorkflow-012", "SSM document should not be public", "ssm-document-not-public", {}),
]
NAMED = [row for row in RULES if row[1]]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return read_policy(app.CONFIG)


@pytest.fixture(scope="module")
def facts() -> StatedFacts:
    return parse_facts(json.dumps({"account": {"environment": "dev", "owner": "payments@example.com"}}), "test")


def values(resource_id: str, **others: Any) -> Values:
    """Of an issue about a resource. The control's id is one that only this tenant has."""
    found: Values = {"resource_id": resource_id, "control_id": str(uuid.uuid4()), **others}
    return found


def _resource(fix_id: str) -> str:
    """The ARN of one that the fix is for."""
    kind = types_by_name()[FIX_BY_ID[fix_id].spec.resource_types[0]]
    parts = {"partition": "aws", "region": "eu-central-1", "account_id": "111122223333", "name": kind.longest}
    return Template(kind.arn).substitute(parts)


def in_spellings(name: str) -> list[str]:
    return [
        name,
        name.upper(),
        name.lower().replace(" ", "  "),
        name.replace("(TCP:", "(TCP: ").replace(",", ", "),
        f"  {name.replace("'", '"')} ",
        name.replace("'", "\u2019"),
        name.replace("'", ""),
    ]


@pytest.mark.parametrize(("short_id", "name", "fix_id", "options"), RULES, ids=[row[0] for row in RULES])
def test_a_rules_short_id_in_the_readmes_body_reaches_the_fix_and_its_options(
    policy: Policy, facts: StatedFacts, short_id: str, name: str, fix_id: str, options: dict[str, Any]
) -> None:
    given = values(_resource(fix_id), rule_id=short_id, rule_name="", control_name="Renamed since")
    body = render(README, **given)
    needed = simulate(body, facts, policy, NOW).result
    assert isinstance(needed, LiveResourceNeeded), needed
    assert (needed.entry.fix.id, needed.entry.options) == (fix_id, options)


@pytest.mark.parametrize(("short_id", "name", "fix_id", "options"), NAMED, ids=[row[0] for row in NAMED])
def test_a_rules_whole_name_in_wizs_default_body_reaches_the_same_in_any_case_spacing_and_quotes(
    policy: Policy, facts: StatedFacts, short_id: str, name: str, fix_id: str, options: dict[str, Any]
) -> None:
    for spelling in in_spellings(name):
        body = issue_body("current", **values(_resource(fix_id), control_name=spelling))
        assert short_id not in json.dumps(body)
        needed = simulate(json.dumps(body), facts, policy, NOW).result
        assert isinstance(needed, LiveResourceNeeded), spelling
        assert (needed.entry.fix.id, needed.entry.options) == (fix_id, options)


def test_every_rule_that_the_catalog_answers_is_in_the_table(policy: Policy) -> None:
    assert {rule for entry in policy.catalog for rule in entry.rules} == {row[0].lower() for row in RULES}


@pytest.mark.parametrize(
    ("name", "resource_id"),
    [
        pytest.param(f"{RESTRICT} HTTP access (TCP:80)", GROUP, id="a word away: HTTP is often meant to be open"),
        pytest.param(f"{RESTRICT} HTTPS access (TCP:443)", GROUP, id="HTTPS is often meant to be open"),
        pytest.param(f"{RESTRICT} SSH access", GROUP, id="a part of a name"),
        pytest.param(f"{RESTRICT} SSH access (TCP:22)", BUCKET, id="a name of rules for another resource type"),
    ],
)
def test_a_name_that_is_not_a_rules_whole_name_reaches_nothing(
    policy: Policy, facts: StatedFacts, name: str, resource_id: str
) -> None:
    body = issue_body("current", **values(resource_id, control_name=name))
    ended = simulate(json.dumps(body), facts, policy, NOW).result
    assert isinstance(ended, Decision)
    assert ended.reason is Reason.UNSUPPORTED_CONTROL
