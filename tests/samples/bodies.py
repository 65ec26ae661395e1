"""Every form and defect of a body, and how each has to end: the cases of the tests, and the table of docs/intake.md.

As with ``render.py``, the end-to-end tests publish these too. The account of the bodies is onboarded, the platform runs
in another one, and the catalog answers their rule for their bucket.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.domain.outcome import Outcome, Reason
from tests.samples.render import CURRENT, DEFAULTS, README, issue_body, notification_body, render, sample

type Ending = tuple[Outcome, Reason] | None
"""``None``: a finding that goes on to be decided, with every check passed that needs no look at the resource."""

ISSUE, ACCOUNT, PLATFORM = DEFAULTS["issue_id"], DEFAULTS["account_id"], "444455556666"
MESSAGE_ID = "5b8c0a9e-6f3d-5d2a-9c41-57f0a2b4c6d8"

GOES_ON = None
MALFORMED = (Outcome.REJECT, Reason.PAYLOAD_MALFORMED)
UNSUPPORTED = (Outcome.REJECT, Reason.PAYLOAD_UNSUPPORTED)
NOT_IDENTIFIED = (Outcome.REJECT, Reason.RESOURCE_NOT_IDENTIFIED)
WRONG_CLOUD = (Outcome.REJECT, Reason.CLOUD_MISMATCH)
WRONG_REGION = (Outcome.REJECT, Reason.REGION_MISMATCH)
NOT_OPEN = (Outcome.SKIP, Reason.ISSUE_NOT_OPEN)
NOT_AN_ISSUE = (Outcome.SKIP, Reason.NOT_AN_ISSUE)
NOT_AWS = (Outcome.SKIP, Reason.NOT_AWS)
TEST_DELIVERY = (Outcome.SKIP, Reason.TEST_DELIVERY)

QUOTE_HINT = "A quotation mark in the value of a template variable breaks a body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One form or defect. ``says`` must be in the sentence and ``unsaid`` must not; ids are those of the record."""

    what: str
    body: str
    ends: Ending
    says: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    issue_id: str = ISSUE
    account_id: str = ACCOUNT

    @property
    def published(self) -> str:
        """What is given to SNS, which puts the envelope around it."""
        enveloped = self.body.startswith('{"Type": "Notification"')
        return str(json.loads(self.body)["Message"]) if enveloped else self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    title: str
    cases: tuple[Case, ...]


def _issue(part: str = "", **changes: object) -> str:
    """An issue whose part has other values; ``_GONE`` takes a key out."""
    body = issue_body("older")
    if part:
        body[part] = {key: value for key, value in {**body[part], **changes}.items() if value is not _GONE}
    return json.dumps(body, indent=2)


_GONE = object()


def _without(*parts: str) -> str:
    return json.dumps({key: value for key, value in issue_body("older").items() if key not in parts})


def _closed(change: Mapping[str, Any]) -> str:
    body = issue_body("older", status="RESOLVED")
    for part, fields in change.items():
        if fields is _GONE:
            del body[part]
        else:
            body[part] = {key: value for key, value in {**body[part], **fields}.items() if value is not _GONE}
    return json.dumps(body)


def _padded(size_bytes: int) -> str:
    """An issue of so many bytes, half of them quotation marks, which take two in the envelope."""
    body: dict[str, Any] = {**issue_body("older"), "padding": ""}
    left = size_bytes - len(json.dumps(body))
    body["padding"] = '"' * (left // 4) + "x" * (left - left // 4 * 2)
    return json.dumps(body)


_BROKEN = render(CURRENT, control_description='Tests whether the "invoices" bucket is open.')
_FILLED = render(CURRENT)
_USER = f"arn:aws:iam::{ACCOUNT}:user"
_KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key"
_GROUP = f"arn:aws:ec2:eu-central-1:{ACCOUNT}:security-group"
_DETECTION = {
    "id": "3a65eac1-b8ff-5eb8-8727-5e6cde9c39f3",
    "severity": "HIGH",
    "primaryResource": {"externalId": "i-0abc", "cloudAccount": {"externalId": ACCOUNT, "cloudPlatform": "AWS"}},
    "triggeringEvents": {"nodes": [{"name": "GuardDuty: Recon:EC2/PortProbeUnprotectedPort"}]},
}
_FINDING = json.loads(sample("win_docs__ccf__ec2_scheduled_reboot_severity_none.json"))
_API_ISSUE = json.loads(sample("port_ocean__issue__d.json"))
_API_IDS: dict[str, str] = {"issue_id": _API_ISSUE["id"], "account_id": "998231069301"}
_FINDING_IDS = {"issue_id": "", "account_id": "998231069301"}


def _resource(what: str, resource_id: str, *says: str, unsaid: tuple[str, ...] = ()) -> Case:
    return Case(
        what=what,
        body=_issue("resource", id=resource_id),
        ends=NOT_IDENTIFIED,
        says=says or ("is an unsupported ARN",),
        unsaid=("No approved fix", *unsaid),
    )


def _invisible(what: str, part: str, key: str, value: str, **ids: str) -> Case:
    return Case(
        what=what,
        body=_issue(part, **{key: value}),
        ends=MALFORMED,
        says=(f"$.{part}.{key}", "invisible characters", json.dumps(value)),
        **ids,
    )


CHAPTERS = (
    Chapter(
        title="Envelope and size",
        cases=(
            Case(what="An issue", body=_issue(), ends=GOES_ON),
            Case(what="An issue in the envelope of SNS", body=notification_body(_issue(), MESSAGE_ID), ends=GOES_ON),
            Case(
                what="The same, in the body of the README",
                body=render(README),
                ends=GOES_ON,
            ),
            Case(
                what="256 KiB, and more with the envelope",
                body=notification_body(_padded(256 * 1024), MESSAGE_ID),
                ends=GOES_ON,
            ),
            Case(
                what="More than 256 KiB",
                body=notification_body(_padded(256 * 1024 + 1), MESSAGE_ID),
                ends=MALFORMED,
                says=("found 262145 bytes; expected 262144 at most",),
            ),
            Case(
                what="An envelope in an envelope",
                body=notification_body(notification_body(_issue()), MESSAGE_ID),
                ends=UNSUPPORTED,
                issue_id="",
                account_id="",
            ),
            Case(
                what="A Lambda event",
                body=json.dumps({"Records": [{"body": _issue()}]}),
                ends=UNSUPPORTED,
                issue_id="",
                account_id="",
            ),
        ),
    ),
    Chapter(
        title="Text that is not a JSON object",
        cases=(
            Case(
                what="A quotation mark in a description",
                body=_BROKEN,
                ends=MALFORMED,
                says=(QUOTE_HINT, r'\"description\": \"Tests whether the \"", at "invoices\" bucket is'),
            ),
            Case(
                what="A quotation mark in a name, in a body on one line",
                body=render(CURRENT, resource_name='the "invoices" bucket').replace("\n", ""),
                ends=MALFORMED,
                says=(QUOTE_HINT, r'at "invoices\" bucket'),
            ),
            Case(
                what="Only a quotation mark in a description",
                body=render(CURRENT, control_description='"'),
                ends=MALFORMED,
                says=(QUOTE_HINT,),
            ),
            Case(
                what="An object between quotation marks",
                body=render(CURRENT).replace('"eu-central-1"', '"{"Owner": "payments"}"'),
                ends=MALFORMED,
                says=(QUOTE_HINT, "such as a resource's tags"),
            ),
            Case(
                what="A line break in a description",
                body=render(CURRENT, control_description="Two\nlines."),
                ends=MALFORMED,
                says=("A line break",),
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="A backslash in a name",
                body=render(CURRENT, resource_name=r"C:\invoices"),
                ends=MALFORMED,
                says=("A backslash",),
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="A byte order mark",
                body="\ufeff" + _FILLED,
                ends=MALFORMED,
                says=("without the byte order mark",),
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="XML",
                body='<?xml version="1.0"?><issue id="1"/>',
                ends=MALFORMED,
                says=(r'at "<?xml version=\"1.0\"',),
                unsaid=(QUOTE_HINT,),
                issue_id="",
                account_id="",
            ),
            Case(
                what="Text after the object",
                body=_FILLED + "\nSent by Wiz",
                ends=MALFORMED,
                says=("one JSON object and nothing after it", 'at "Sent by Wiz"'),
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="A truncated object",
                body=_FILLED[: len(_FILLED) // 2],
                ends=MALFORMED,
                says=("ends before its object does",),
                unsaid=(QUOTE_HINT,),
                account_id="",
            ),
            Case(
                what="A missing comma between two fields",
                body=_FILLED.replace('"OPEN",', '"OPEN"'),
                ends=MALFORMED,
                says=("Expecting ',' delimiter",),
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="The same in a body on one line",
                body=_FILLED.replace('"OPEN",', '"OPEN"').replace("\n", ""),
                ends=MALFORMED,
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="A missing comma in a list",
                body=_FILLED.replace('["EXTERNAL_EXPOSURE"]', '[\n"EXTERNAL_EXPOSURE"\n"INSECURE_CONFIGURATION"\n]'),
                ends=MALFORMED,
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="Semicolons instead of commas",
                body=_FILLED.replace('"OPEN",', '"OPEN";'),
                ends=MALFORMED,
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="A missing colon",
                body=_FILLED.replace('"severity": ', '"severity" '),
                ends=MALFORMED,
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="A comma after the last field",
                body=_FILLED.replace('"Payments, Invoicing, "', '"Payments, Invoicing, ",'),
                ends=MALFORMED,
                says=("Illegal trailing comma",),
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="Keys without quotation marks",
                body=_FILLED.replace('"severity"', "severity"),
                ends=MALFORMED,
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="A template without its values",
                body=sample(CURRENT),
                ends=MALFORMED,
                says=("may not have filled in",),
                unsaid=(QUOTE_HINT,),
                issue_id="",
                account_id="",
            ),
            Case(
                what="A quotation mark, in a body that has `{{` elsewhere",
                body=render(CURRENT, control_description='The "other" text.', automation_rule="{{rule}}"),
                ends=MALFORMED,
                says=(QUOTE_HINT,),
                unsaid=("may not have filled in",),
            ),
            Case(
                what="Text with a link to the issue in the Wiz portal",
                body=f"Opened: https://app.wiz.io/issues#~(issue~'{ISSUE})",
                ends=MALFORMED,
                says=(r'at "Opened: https:',),
                unsaid=(QUOTE_HINT,),
                account_id="",
            ),
            Case(
                what="An object in Python syntax",
                body=str(json.loads(_FILLED)),
                ends=MALFORMED,
                unsaid=(QUOTE_HINT,),
            ),
            Case(
                what="The object as a string within JSON",
                body=json.dumps(_FILLED),
                ends=MALFORMED,
                says=("expected a JSON object",),
            ),
            Case(
                what="A duplicate key",
                body=_FILLED.replace('"projects"', '"severity"'),
                ends=MALFORMED,
                says=('the key "severity" twice',),
            ),
            Case(
                what="Two issue ids in text that is not JSON",
                body=render(
                    CURRENT,
                    control_description='"}, "issue": {"id": "00000000-0000-4000-8000-000000000000"}, "x": " x" y',
                ),
                ends=MALFORMED,
                issue_id="",
            ),
            Case(what="Nothing", body="", ends=MALFORMED, says=("an empty body",), issue_id="", account_id=""),
            Case(what="A list", body=f"[{_FILLED}]", ends=MALFORMED, says=("found a list",)),
        ),
    ),
    Chapter(
        title="Cloud platform",
        cases=(
            *(
                Case(
                    what=f"`{platform}` and an ARN",
                    body=_issue("resource", cloudPlatform=platform),
                    ends=GOES_ON,
                )
                for platform in ("null", "Amazon", "AWS GovCloud", "ECS", "EKS", "aws", "N/A")
            ),
            Case(what="None named", body=_issue("resource", cloudPlatform=None), ends=GOES_ON),
            *(
                Case(
                    what=f"`{platform}` and an ARN",
                    body=_issue("resource", cloudPlatform=platform),
                    ends=WRONG_CLOUD,
                    says=(f'the cloud platform "{platform}"', "arn:aws:s3:::acme-invoices"),
                )
                for platform in ("Azure", "gcp", "Google Cloud")
            ),
            Case(
                what="`Azure` and an unsupported ARN",
                body=_issue("resource", cloudPlatform="Azure", id=f"{_KEY}/*"),
                ends=WRONG_CLOUD,
            ),
            Case(
                what="`Azure` and an Azure id",
                body=_issue("resource", cloudPlatform="Azure", id="/subscriptions/0/resourcegroups/x"),
                ends=NOT_AWS,
                says=('"Azure"',),
            ),
            Case(
                what="`GCP`, without a resource",
                body=_issue("resource", cloudPlatform="GCP", id=""),
                ends=NOT_AWS,
            ),
            Case(
                what="An unknown platform and an id that is not an ARN",
                body=_issue("resource", cloudPlatform="Nebula", id="nebula://x"),
                ends=NOT_IDENTIFIED,
            ),
            Case(
                what="A platform that is not text",
                body=_issue("resource", cloudPlatform=["AWS"]),
                ends=MALFORMED,
                says=("$.resource.cloudPlatform",),
            ),
        ),
    ),
    Chapter(
        title="Messages that are not an issue of an automation rule",
        cases=(
            Case(
                what="Wiz's test of the integration",
                body=json.dumps(issue_body(control_id="wtest-id-0000")),
                ends=TEST_DELIVERY,
            ),
            Case(what="Only text", body=json.dumps({"text": "x"}), ends=TEST_DELIVERY, issue_id="", account_id=""),
            Case(
                what="A threat",
                body=sample("win_docs__threats_webhook__default_body_azure.json"),
                ends=NOT_AN_ISSUE,
                issue_id="d5efcc30-da2e-55c8-9998-f3e34fa9b9c5",
                account_id="",
            ),
            Case(
                what="A detection with `tdrId`",
                body=json.dumps({**_DETECTION, "tdrId": "cer-1"}),
                ends=NOT_AN_ISSUE,
                issue_id="",
            ),
            Case(
                what="A detection in the form of the Wiz API",
                body=json.dumps(_DETECTION),
                ends=NOT_AN_ISSUE,
                issue_id="",
            ),
            Case(
                what="The same with only its resource",
                body=json.dumps({**_DETECTION, "triggeringEvents": None}),
                ends=NOT_AN_ISSUE,
                issue_id="",
            ),
            Case(
                what="The same with only its events",
                body=json.dumps({**_DETECTION, "primaryResource": None}),
                ends=NOT_AN_ISSUE,
                issue_id="",
                account_id="",
            ),
            Case(
                what="An issue about a threat in the form of the Wiz API",
                body=json.dumps({**_API_ISSUE, "type": "THREAT_DETECTION"}),
                ends=NOT_AN_ISSUE,
                **_API_IDS,
            ),
            Case(
                what="An issue in the form of the Wiz API, open",
                body=json.dumps(_API_ISSUE),
                ends=UNSUPPORTED,
                **_API_IDS,
            ),
            Case(
                what="The same, closed",
                body=json.dumps({**_API_ISSUE, "status": "RESOLVED"}),
                ends=NOT_OPEN,
                **_API_IDS,
            ),
            Case(
                what="A configuration finding that fails",
                body=json.dumps(_FINDING),
                ends=UNSUPPORTED,
                says=("function as a control",),
                **_FINDING_IDS,
            ),
            Case(
                what="A configuration finding that passes",
                body=json.dumps({**_FINDING, "result": "PASS"}),
                ends=NOT_OPEN,
                **_FINDING_IDS,
            ),
            Case(
                what="A configuration finding with an ARN and another cloud",
                body=json.dumps({**_FINDING, "resource": {**_FINDING["resource"], "cloudPlatform": "GCP"}}),
                ends=WRONG_CLOUD,
                **_FINDING_IDS,
            ),
            Case(
                what="A response of the Wiz API, or a request to it",
                body=json.dumps({"data": {"issue": None}}),
                ends=UNSUPPORTED,
                issue_id="",
                account_id="",
            ),
            Case(
                what="Any other object",
                body=json.dumps({"hello": "world"}),
                ends=UNSUPPORTED,
                says=('"hello"',),
                issue_id="",
                account_id="",
            ),
        ),
    ),
    Chapter(
        title="Status and severity",
        cases=(
            Case(what="A closed issue", body=_closed({}), ends=NOT_OPEN),
            Case(what="A closed issue without a severity", body=_closed({"issue": {"severity": _GONE}}), ends=NOT_OPEN),
            Case(
                what="A closed issue without an id", body=_closed({"issue": {"id": None}}), ends=NOT_OPEN, issue_id=""
            ),
            Case(
                what="A closed issue without a resource",
                body=_closed({"resource": _GONE}),
                ends=NOT_OPEN,
                account_id="",
            ),
            Case(
                what="A closed issue with an unset variable",
                body=_closed({"resource": {"region": "{{issue.entitySnapshot.region}}"}}),
                ends=NOT_OPEN,
            ),
            Case(
                what="A closed issue with an ARN and another cloud",
                body=_closed({"resource": {"cloudPlatform": "Azure"}}),
                ends=NOT_OPEN,
            ),
            Case(
                what="A status that Wiz does not document",
                body=_issue("issue", status="Re-Opened again"),
                ends=(Outcome.REJECT, Reason.STATUS_UNKNOWN),
                says=('"Re-Opened again"',),
            ),
            Case(
                what="A severity that Wiz does not document",
                body=_issue("issue", severity="Sev 1"),
                ends=(Outcome.REJECT, Reason.SEVERITY_UNKNOWN),
                says=('"Sev 1"',),
            ),
        ),
    ),
    Chapter(
        title="Fields",
        cases=(
            Case(
                what="A required field is missing or empty",
                body=_issue("issue", severity=_GONE),
                ends=MALFORMED,
                says=("$.issue.severity: found nothing",),
            ),
            Case(
                what="A field has another type",
                body=_issue("resource", region=["eu-central-1"]),
                ends=MALFORMED,
                says=("$.resource.region: found a list",),
            ),
            Case(
                what="An unset variable",
                body=_issue("resource", region="{{issue.entitySnapshot.region}}"),
                ends=MALFORMED,
                says=("the value of the template",),
            ),
            Case(
                what="A control character in any field that is read",
                body=_issue("resource", name="acme\x07"),
                ends=MALFORMED,
                says=("control characters",),
            ),
            _invisible("U+200B in the issue's id", "issue", "id", f"{ISSUE}\u200b", issue_id=""),
            _invisible("U+200B in the resource's id", "resource", "id", "arn:aws:s3:::acme\u200b-invoices"),
            _invisible("U+E0061 in the resource's id", "resource", "id", "arn:aws:s3:::acme-invoices\U000e0061"),
            _invisible(
                "U+FEFF before the account's id", "resource", "subscriptionId", f"\ufeff{ACCOUNT}", account_id=""
            ),
            _invisible("U+00A0 after the region", "resource", "region", "eu-central-1\xa0"),
            _invisible("U+00AD in the control's id", "control", "id", "wc-id\xad-613"),
            _invisible("U+2060 in the rule's id", "control", "sourceCloudConfigurationRuleId", "S3\u2060-900"),
            _invisible("U+200D in the status", "issue", "status", "OPEN\u200d"),
            Case(
                what="The same in a name, as in an emoji",
                body=_issue("resource", name="acme 🏴‍☠️"),
                ends=GOES_ON,
            ),
            Case(
                what="More than 2,048 characters in a field, 256 in an id",
                body=_issue("resource", name="n" * 2049),
                ends=MALFORMED,
                says=("found 2049 characters; expected 2048 at most",),
            ),
        ),
    ),
    Chapter(
        title="Resource",
        cases=(
            _resource("No id", "", "names no resource"),
            _resource("A name instead of an ARN", "acme-invoices", "is not an ARN"),
            _resource("An object in a bucket", "arn:aws:s3:::acme-invoices/key.txt", "AWS::S3::Bucket"),
            _resource("An object with a space in its key", "arn:aws:s3:::acme-invoices/a key.txt", "it needs"),
            _resource("A managed policy of AWS", "arn:aws:iam::aws:policy/ReadOnlyAccess", "12 digits or none"),
            _resource("A partition that AWS does not have", "arn:aws-moon:s3:::acme-invoices", "partition"),
            _resource("Wiz's composite id of an object", "arn:aws:s3:::acme-invoices##md5##key##version"),
            _resource("Every bucket", "arn:aws:s3:::*"),
            _resource("A user whose path IAM reads as a pattern", f"{_USER}/team*/bob", "AWS::IAM::User", "*, ? and $"),
            _resource("Every key", f"{_KEY}/*", "AWS::KMS::Key"),
            _resource("A key's id that is too long", f"{_KEY}/{'0' * 2000}", "…"),
            _resource("A security group's id that is too long", f"{_GROUP}/sg-{'0' * 18}"),
            _resource("A security group without an account", f"{_GROUP}/sg-0123abcd".replace(ACCOUNT, "")),
            _resource("A bucket with a region", f"arn:aws:s3:eu-central-1:{ACCOUNT}:acme-invoices"),
            Case(
                what="A type without a fix",
                body=_issue("resource", id=f"arn:aws:batch:eu-central-1:{ACCOUNT}:job-queue/{'f' * 300}"),
                ends=(Outcome.REJECT, Reason.UNSUPPORTED_RESOURCE_TYPE),
                says=("of type batch job-queue.",),
            ),
            Case(
                what="The same, with an ARN without a type",
                body=_issue("resource", id=f"arn:aws:codepipeline:eu-central-1:{ACCOUNT}:{'q' * 80}"),
                ends=(Outcome.REJECT, Reason.UNSUPPORTED_RESOURCE_TYPE),
                says=("of type codepipeline.",),
            ),
        ),
    ),
    Chapter(
        title="Partition and region",
        cases=(
            Case(
                what="Another partition than the platform's",
                body=_issue("resource", id="arn:aws-cn:s3:::acme-invoices", region="cn-north-1"),
                ends=(Outcome.REJECT, Reason.PARTITION_MISMATCH),
                says=("aws-cn",),
            ),
            Case(what="`EU`, which is eu-west-1", body=_issue("resource", region="EU"), ends=GOES_ON),
            Case(what="`Global`, or none", body=_issue("resource", region="Global"), ends=GOES_ON),
            Case(
                what="A region of another partition",
                body=_issue("resource", region="cn-north-1"),
                ends=WRONG_REGION,
                says=('"cn-north-1" is not a region of the partition aws',),
            ),
            Case(
                what="A region that AWS does not have",
                body=_issue("resource", region="eu-central-9"),
                ends=WRONG_REGION,
                says=('"eu-central-9" is not a region',),
            ),
            Case(
                what="The same in the ARN",
                body=_issue("resource", id=f"arn:aws:rds:eu-central-9:{ACCOUNT}:db:acme", region=""),
                ends=WRONG_REGION,
                says=('"eu-central-9" is not a region',),
                unsaid=("The payload",),
            ),
            Case(
                what="Another region than the ARN's",
                body=_issue("resource", id=f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:acme"),
                ends=WRONG_REGION,
                says=('The payload says region "eu-central-1"', "eu-west-1"),
            ),
        ),
    ),
    Chapter(
        title="Account",
        cases=(
            Case(
                what="Another account than the ARN's",
                body=_issue("resource", id="arn:aws:rds:eu-central-1:999999999999:db:acme"),
                ends=(Outcome.REJECT, Reason.ACCOUNT_MISMATCH),
                says=(f'account "{ACCOUNT}"', "999999999999"),
            ),
            Case(
                what="Not an account id",
                body=_issue("resource", subscriptionId="1111-2222-3333"),
                ends=(Outcome.REJECT, Reason.ACCOUNT_MISMATCH),
                says=('"1111-2222-3333"',),
                account_id="1111-2222-3333",
            ),
            Case(
                what="An account that is not onboarded",
                body=_issue("resource", subscriptionId="999999999999"),
                ends=(Outcome.REJECT, Reason.ACCOUNT_NOT_ONBOARDED),
                account_id="999999999999",
            ),
            Case(
                what="The platform's account",
                body=_issue("resource", subscriptionId=PLATFORM),
                ends=(Outcome.REJECT, Reason.PLATFORM_ACCOUNT),
                says=(PLATFORM, "neither onboarded nor changed"),
                account_id=PLATFORM,
            ),
        ),
    ),
)

CASES = tuple(case for chapter in CHAPTERS for case in chapter.cases)
