"""An account and its trails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account
from tests.laws.cases.buckets import taking_logs
from tests.laws.cases.trails import trail

LOGS = f"trails-{ACCOUNT_ID}-{REGION}"
OPTIONS = {"target_bucket": "trails-${account_id}-${region}"}
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT_ID}:trail/suture-all-regions"
EVERYTHING = {"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}
# moto has no selectors of a new trail, where AWS has one for all management events.
ANSWERS = {
    "s3:GetBucketRequestPayment": {"Payer": "BucketOwner"},
    "cloudtrail:GetEventSelectors": {"EventSelectors": [EVERYTHING]},
}


def _advanced(*fields: str) -> dict[str, Any]:
    selectors = [{"Field": field, "Equals": ["Management" if field == "eventCategory" else "true"]} for field in fields]
    return {"cloudtrail:GetEventSelectors": {"AdvancedEventSelectors": [{"FieldSelectors": selectors}]}}


def _allow(trail_arn: str = TRAIL) -> tuple[dict[str, Any], ...]:
    """What CloudTrail wants of a bucket's policy."""
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    source = {"aws:SourceArn": trail_arn}
    return (
        {
            **service,
            "Action": "s3:GetBucketAcl",
            "Resource": f"arn:aws:s3:::{LOGS}",
            "Condition": {"StringEquals": source},
        },
        {
            **service,
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{LOGS}/AWSLogs/{ACCOUNT_ID}/*",
            "Condition": {"StringEquals": {**source, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    )


def _account(
    *trails: Callable[[Clients], object], policy: tuple[dict[str, Any], ...] = _allow()
) -> Callable[[Clients], Resource]:
    """With these trails and no others."""

    def create(clients: Clients) -> Resource:
        cloudtrail = clients("cloudtrail")
        for one in cloudtrail.describe_trails()["trailList"]:
            cloudtrail.delete_trail(Name=one["TrailARN"])
        taking_logs(clients, LOGS, *policy)
        for make in trails:
            make(clients)
        return account(clients)

    return create


ALL_REGIONS = {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": True}
SEEN = ("Name", "S3BucketName", *ALL_REGIONS, "LogFileValidationEnabled", "HomeRegion")


def _ours_stopped(clients: Clients) -> object:
    return clients("cloudtrail").create_trail(Name="suture-all-regions", S3BucketName=LOGS, **ALL_REGIONS)


def _make_a_stopped_one(clients: Clients, resource: Resource) -> None:
    _account(trail(logging=False, **ALL_REGIONS))(clients)


def read_back(clients: Clients, resource: Resource) -> Any:
    cloudtrail = clients("cloudtrail")
    return [
        {
            **{name: one[name] for name in SEEN},
            "IsLogging": cloudtrail.get_trail_status(Name=one["TrailARN"])["IsLogging"],
        }
        for one in cloudtrail.describe_trails()["trailList"]
    ]


CASES = (
    Bad(
        name="without a trail",
        create=_account(),
        options=OPTIONS,
        fixed=[
            {
                "Name": "suture-all-regions",
                "S3BucketName": LOGS,
                **ALL_REGIONS,
                "LogFileValidationEnabled": True,
                "HomeRegion": REGION,
                "IsLogging": True,
            }
        ],
        disturb=_make_a_stopped_one,
    ),
    Bad(
        name="whose trail from this fix is stopped",
        create=_account(_ours_stopped),
        options=OPTIONS,
        fixed=[
            {
                "Name": "suture-all-regions",
                "S3BucketName": LOGS,
                **ALL_REGIONS,
                "LogFileValidationEnabled": False,
                "HomeRegion": REGION,
                "IsLogging": True,
            }
        ],
        disturb=_make_a_stopped_one,
    ),
    AlreadyCompliant(name="with a trail of all regions", create=_account(trail(**ALL_REGIONS))),
    AlreadyCompliant(
        name="with a trail of all regions whose selector is an advanced one",
        create=_account(trail(**ALL_REGIONS)),
        answers=_advanced("eventCategory"),
    ),
    Refusal(
        name="with a trail of all regions that records reads only",
        create=_account(trail(**ALL_REGIONS)),
        answers=_advanced("eventCategory", "readOnly"),
        options=OPTIONS,
        because="does not record every management event",
    ),
    Refusal(
        name="with a trail of all regions that leaves out a service",
        create=_account(trail(**ALL_REGIONS)),
        answers={
            "cloudtrail:GetEventSelectors": {
                "EventSelectors": [{**EVERYTHING, "ExcludeManagementEventSources": ["kms.amazonaws.com"]}]
            }
        },
        options=OPTIONS,
        because="does not record every management event",
    ),
    Refusal(
        name="with a trail of all regions that is stopped",
        create=_account(trail(logging=False, **ALL_REGIONS)),
        options=OPTIONS,
        because="stopped",
    ),
    Refusal(
        name="with a trail of one region",
        create=_account(trail()),
        options=OPTIONS,
        because="a trail of one region",
    ),
    Refusal(name="without a trail, where nothing is named", create=_account(), because="option target_bucket"),
    Refusal(
        name="without a trail, where the bucket lets in another trail only",
        create=_account(policy=_allow(f"{TRAIL}-of-another-name")),
        options=OPTIONS,
        because="does not allow cloudtrail.amazonaws.com",
    ),
    Refusal(
        name="without a trail, where the bucket is not there",
        create=_account(),
        options={"target_bucket": "gone"},
        because="no bucket gone",
    ),
)
