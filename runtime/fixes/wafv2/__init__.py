"""AWS WAF: web ACLs of a region, and of CloudFront."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

WEB_ACL_READ = Read(call="wafv2:GetWebACL", by={"ARN": "${arn}"}, at="WebACL")

WEB_ACL = ResourceType(
    name="AWS::WAFv2::WebACL",
    noun="web ACL",
    # CloudFront's web ACLs are in us-east-1, and global instead of regional.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awswafv2.html
    arn="arn:${partition}:wafv2:${region}:${account_id}:${name}",
    # The ARN ends with an id, so a recreated one has another ARN.
    id="(?:regional|global)/webacl/[A-Za-z0-9_-]{1,128}/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    longest="regional/webacl/" + "w" * 128 + "/00000000-0000-0000-0000-000000000000",
    called="scope, name and id",
    gone=("WAFNonexistentItemException",),
    describe=WEB_ACL_READ,
    tags=Read(call="wafv2:ListTagsForResource", by={"ResourceARN": "${arn}"}, at="TagInfoForResource.TagList || `[]`"),
)

TYPES = (WEB_ACL,)
