"""Where ministack does other than AWS documents, in ways that Suture's unmodified stacks and fixes meet.

Loaded into the emulator's own process only. Each gap has a test in ``tests/e2e/test_emulator_gaps.py`` that looks at a
ministack without this module, and so fails on the day it is no longer needed.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from itertools import count, takewhile
from pathlib import Path
from secrets import token_hex
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime, responses
from ministack.services import (
    alb,
    appconfig,
    cloudtrail,
    dynamodb,
    ec2,
    eventbridge,
    iam,
    kms,
    lambda_svc,
    rds,
    s3,
    sqs,
)
from ministack.services.cloudformation import provisioners


def close_gaps(*, lambda_python: Path) -> None:
    """Patch ministack, in this process. ``lambda_python`` is the interpreter that functions run in."""
    _listen_on_one_port()
    _run_functions_in(lambda_python)
    _authorize_on_the_documented_resource()
    _simulate_policies_with_the_keys_that_are_given()
    _authorize_a_batch_as_its_messages()
    _compare_sessions_by_their_role()
    _ask_the_queue_before_a_rule_delivers()
    _tell_policies_which_partition_is_asked_for()
    _keep_the_policies_of_tables()
    _keep_the_policies_of_functions()
    _share_snapshots_with_everyone()
    _let_every_region_share_in_public()
    _keep_one_source_per_security_group_rule()
    _tell_whether_a_bucket_policy_is_public()
    _leave_out_the_cluster_and_the_source_of_an_instance_without_one()
    _name_load_balancers_as_elb_does()
    _take_a_while_to_modify_an_instance()
    _keep_the_tags_a_trail_is_created_with()
    _record_events_as_cloudtrail_does()
    _tell_who_sent_a_message()


def _listen_on_one_port() -> None:
    """With TLS, ministack also takes port 443 if it can, which is not ours to take."""
    app._port_is_bindable = lambda _host, _port: False


def _run_functions_in(lambda_python: Path) -> None:
    """A function sees its asset and the runtime's boto3; ministack would show it all of its own environment.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
    """
    detect = lambda_runtime._detect_runtime_binary

    def detect_runtime_binary(runtime: str) -> tuple[str, str]:
        binary, worker = detect(runtime)
        return (str(lambda_python) if runtime.startswith("python") else binary), worker

    lambda_runtime._detect_runtime_binary = detect_runtime_binary


# --- Authorisation ---

_CONFIGURATION_ACTIONS = {
    ("POST", "/configurationsessions"): "appconfig:StartConfigurationSession",
    ("GET", "/configuration"): "appconfig:GetLatestConfiguration",
}


def _authorize_on_the_documented_resource() -> None:
    """Some calls that AWS authorises on a resource are authorised on ``*`` by ministack, or, for AppConfig, not at all.

    What names a KMS key by an alias is authorised on the key.
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    extract_action, extract_arn = iam_actions.extract_iam_action, iam_actions.extract_resource_arn

    def extract_iam_action(service: str, method: str, path: str, *rest: Any) -> str | None:
        if service.startswith("appconfig") and (method, path) in _CONFIGURATION_ACTIONS:
            return _CONFIGURATION_ACTIONS[method, path]
        action: str | None = extract_action(service, method, path, *rest)
        return action

    def extract_resource_arn(service: str, method: str, path: str, *rest: Any) -> str:
        headers, body, query_params, region, account_id = rest
        action = extract_iam_action(service, method, path, headers, body, query_params)
        match action:
            case "appconfig:StartConfigurationSession" | "appconfig:GetLatestConfiguration":
                return _configuration_arn(body, query_params, region, account_id)
            case "cloudtrail:ListTags":
                return str(json.loads(body)["ResourceIdList"][0])
            case "dynamodb:ListTagsOfResource":
                return str(json.loads(body)["ResourceArn"])
            case "sns:ListTagsForResource":
                return str(iam_actions._query_param(query_params, "ResourceArn"))
            case "iam:GetAccessKeyLastUsed":
                key = iam._access_keys.get(iam_actions._query_param(query_params, "AccessKeyId"))
                return f"arn:aws:iam::{account_id}:user/{key['UserName']}" if key else "*"
            case "iam:SimulatePrincipalPolicy":
                return str(iam_actions._query_param(query_params, "PolicySourceArn"))
            case _:
                arn = str(extract_arn(service, method, path, *rest))
                key = kms._aliases.get_scoped(account_id, region, arn) if service == "kms" else None
                return f"arn:aws:kms:{region}:{account_id}:key/{key}" if key else arn

    iam_actions.extract_iam_action, iam_actions.extract_resource_arn = extract_iam_action, extract_resource_arn


def _simulate_policies_with_the_keys_that_are_given() -> None:
    """ministack's policy simulator takes no context keys, so that nothing with a condition is allowed.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    given: ContextVar[Mapping[str, str] | None] = ContextVar("given", default=None)
    evaluate, simulate = iam_evaluator.evaluate, iam._simulate_principal_policy

    def evaluate_with_keys(context: Any, *rest: Any, **options: Any) -> Any:
        for name, value in (given.get() or {}).items():
            keys = context.principal_keys if name.startswith("aws:principaltag/") else context.service_context
            keys[name] = value
        return evaluate(context, *rest, **options)

    def simulate_with_keys(parameters: Mapping[str, Any]) -> Any:
        keys: dict[str, str] = {}
        entries = (f"ContextEntries.member.{number}." for number in count(1))
        for entry in takewhile(lambda it: iam._p(parameters, f"{it}ContextKeyName"), entries):
            name = iam._p(parameters, f"{entry}ContextKeyName").lower()
            keys[name] = iam._p(parameters, f"{entry}ContextKeyValues.member.1")
        token = given.set(keys)
        try:
            return simulate(parameters)
        finally:
            given.reset(token)

    iam_evaluator.evaluate = evaluate_with_keys
    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = simulate_with_keys


def _authorize_a_batch_as_its_messages() -> None:
    """A batch of messages needs the permission to send one; ministack asks for another, which IAM does not know.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
    """
    extract = iam_actions.extract_iam_action

    def extract_iam_action(*request: Any) -> str | None:
        action: str | None = extract(*request)
        return action.removesuffix("Batch") if action and action.startswith("sqs:") else action

    iam_actions.extract_iam_action = extract_iam_action


def _configuration_arn(body: bytes, query_params: Mapping[str, Any], region: str, account_id: str) -> str:
    """A session is started with ids or names, and continued with a token."""
    token = iam_actions._query_param(query_params, "configuration_token")
    asked = appconfig._sessions.get(token, {}) if token else json.loads(body)
    application = appconfig._resolve_application_id(asked.get("ApplicationIdentifier"))
    environment = appconfig._resolve_environment_id(application, asked.get("EnvironmentIdentifier"))
    profile = appconfig._resolve_configuration_profile_id(application, asked.get("ConfigurationProfileIdentifier"))
    return (
        f"arn:aws:appconfig:{region}:{account_id}:application/{application}"
        f"/environment/{environment}/configuration/{profile}"
    )


def _compare_sessions_by_their_role() -> None:
    """``aws:PrincipalArn`` of a session is the ARN of its role; ministack gives the session's own.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    resolve = iam_evaluator._resolve_condition_key

    def resolve_condition_key(key: str, context: Any) -> Any:
        if key.lower() == "aws:principalarn" and ":assumed-role/" in context.principal_arn:
            role = iam_evaluator._role_name_from_assumed_arn(context.principal_arn)
            return iam._roles.get_scoped(context.principal_account, None, role)["Arn"]
        return resolve(key, context)

    iam_evaluator._resolve_condition_key = resolve_condition_key


def _ask_the_queue_before_a_rule_delivers() -> None:
    """A rule delivers to a queue whose policy lets it, and to no other; ministack does not ask.

    It delivers over TLS, on a schedule too, where there is no request to take that from.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    invoke = eventbridge._invoke_target

    def invoke_target(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], view: Any = None) -> None:
        queue, source = str(target["Arn"]), str(rule["Arn"])
        if ":sqs:" not in queue or _may_deliver(queue, source):
            invoke(target, event, rule, view)

    eventbridge._invoke_target = invoke_target


def _may_deliver(queue: str, rule: str) -> bool:
    before = iam_evaluator._request_origin.set(("127.0.0.1", True))
    try:
        return bool(sqs.queue_policy_allows(queue, "events.amazonaws.com", rule, rule.split(":")[4]))
    finally:
        iam_evaluator._request_origin.reset(before)


def _tell_policies_which_partition_is_asked_for() -> None:
    """``dynamodb:LeadingKeys`` of a put, an update or a query is its partition key; ministack has no such key.

    Each item of a transaction is authorised by itself.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html#amazondynamodb-policy-keys
    """
    context_of, checks_of = iam_actions.dynamodb_service_context, iam_actions.dynamodb_transaction_checks
    enforce = iam_evaluator.enforce

    def dynamodb_service_context(body: bytes) -> dict[str, Any]:
        return {**context_of(body), **_leading_keys(json.loads(body or b"{}"))}

    def dynamodb_transaction_checks(action: str, body: bytes, *rest: Any) -> list[tuple[str, str]]:
        items = [item for one in json.loads(body or b"{}").get("TransactItems", []) for item in one.values()]
        checks = zip(checks_of(action, body, *rest), items, strict=False)
        return [(action, _Arn.with_keys(arn, _leading_keys(item))) for (action, arn), item in checks]

    def enforce_with_keys(*call: Any, resource_arn: str, service_context: Any = None, **more: Any) -> Any:
        keys = resource_arn.leading_keys if isinstance(resource_arn, _Arn) else {}
        context = {**(service_context or {}), **keys}
        return enforce(*call, resource_arn=resource_arn, service_context=context, **more)

    iam_actions.dynamodb_service_context = dynamodb_service_context
    iam_actions.dynamodb_transaction_checks = dynamodb_transaction_checks
    iam_evaluator.enforce = enforce_with_keys


class _Arn(str):
    """A table's ARN, with the keys that a policy is told besides."""

    __slots__ = ("leading_keys",)
    leading_keys: Mapping[str, Any]

    @classmethod
    def with_keys(cls, arn: str, keys: Mapping[str, Any]) -> _Arn:
        made = cls(arn)
        made.leading_keys = keys
        return made


def _leading_keys(asked: Mapping[str, Any]) -> dict[str, Any]:
    table = dynamodb._tables.get(asked.get("TableName"))
    if table is None:
        return {}
    key = table["pk_name"]
    found = {**asked.get("Item", {}), **asked.get("Key", {})}.get(key)
    condition = re.match(r"(\S+) = (:\S+)", asked.get("KeyConditionExpression", ""))
    if condition and asked.get("ExpressionAttributeNames", {}).get(condition[1], condition[1]) == key:
        found = asked["ExpressionAttributeValues"][condition[2]]
    return {"dynamodb:LeadingKeys": list(found.values())} if found else {}


def _keep_the_policies_of_tables() -> None:
    """CloudFormation gives a table its own policy, and DynamoDB asks it; ministack does neither.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
    """
    handlers = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::GlobalTable"]
    create = handlers["create"]

    def create_with_policy(logical_id: str, properties: Mapping[str, Any], stack: str) -> Any:
        name, attributes = create(logical_id, properties, stack)
        for replica in properties["Replicas"]:
            if "ResourcePolicy" in replica:
                policy = json.dumps(replica["ResourcePolicy"]["PolicyDocument"])
                dynamodb._put_resource_policy({"ResourceArn": attributes["Arn"], "Policy": policy})
        return name, attributes

    def table_policy_for_arn(arn: str) -> tuple[str, str] | None:
        found = dynamodb._resource_policies.get(arn.partition("/index/")[0])
        return (found["Policy"], arn.split(":")[4]) if found else None

    handlers["create"] = create_with_policy
    dynamodb.table_policy_for_arn = table_policy_for_arn
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["dynamodb"] = ("dynamodb", "table_policy_for_arn")


def _keep_the_policies_of_functions() -> None:
    """CloudFormation gives a function its own policy as a whole; ministack knows single permissions only.

    Nor does it know whether a caller is an AWS service, and none of those that it authorises is.
    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalisawsservice
    """
    resolve = iam_evaluator._resolve_condition_key

    def put_policy(arn: str, document: Mapping[str, Any]) -> Any:
        lambda_svc._functions[arn.rpartition(":")[2]]["policy"] = document
        return arn, {}

    def resolve_condition_key(key: str, context: Any) -> Any:
        return "false" if key.lower() == "aws:principalisawsservice" else resolve(key, context)

    provisioners._RESOURCE_HANDLERS["AWS::Lambda::ResourcePolicy"] = {
        "create": lambda _, properties, __: put_policy(properties["ResourceArn"], properties["PolicyDocument"]),
        "delete": lambda arn, _: put_policy(arn, {"Version": "2012-10-17", "Id": "default", "Statement": []}),
    }
    iam_evaluator._resolve_condition_key = resolve_condition_key


# --- Answers ---


def _share_snapshots_with_everyone() -> None:
    """A snapshot is public where the group ``all`` may create volumes of it; ministack knows accounts only.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolumePermission.html
    """
    modify = ec2._ACTION_MAP["ModifySnapshotAttribute"]
    describe = ec2._ACTION_MAP["DescribeSnapshotAttribute"]

    def modify_snapshot_attribute(parameters: Mapping[str, Any]) -> Any:
        answer = modify(parameters)
        snapshot = ec2._snapshots.get(ec2._p(parameters, "SnapshotId"))
        if snapshot is not None and "all" in ec2._parse_member_list(parameters, "UserGroup"):
            snapshot["SharedWithAll"] = ec2._p(parameters, "OperationType") == "add"
        return answer

    def describe_snapshot_attribute(parameters: Mapping[str, Any]) -> Any:
        status, headers, body = describe(parameters)
        snapshot = ec2._snapshots.get(ec2._p(parameters, "SnapshotId"))
        if snapshot is not None and snapshot.get("SharedWithAll"):
            body = body.replace(b"<createVolumePermission>", b"<createVolumePermission><item><group>all</group></item>")
        return status, headers, body

    ec2._ACTION_MAP["ModifySnapshotAttribute"] = modify_snapshot_attribute
    ec2._ACTION_MAP["DescribeSnapshotAttribute"] = describe_snapshot_attribute


def _let_every_region_share_in_public() -> None:
    """A region blocks no public sharing until it is told to; ministack has no such setting.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSnapshotBlockPublicAccessState.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetImageBlockPublicAccessState.html
    """
    for operation, member in (
        ("GetSnapshotBlockPublicAccessState", "state"),
        ("GetImageBlockPublicAccessState", "imageBlockPublicAccessState"),
    ):
        answer = f"<{member}>unblocked</{member}>"
        ec2._ACTION_MAP.setdefault(
            operation, lambda _, name=operation, body=answer: ec2._xml(200, f"{name}Response", body)
        )


def _keep_one_source_per_security_group_rule() -> None:
    """Each source of a permission is a rule of its own, and revoked alone; ministack revokes only what was put as one.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
    """
    parse = ec2._parse_ip_permissions
    kinds = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")

    def parse_ip_permissions(parameters: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
        rules = []
        for permission in parse(parameters, prefix):
            nothing = permission | {kind: [] for kind in kinds}
            alone = [nothing | {kind: [source]} for kind in kinds for source in permission[kind]]
            rules += alone or [permission]
        return rules

    ec2._parse_ip_permissions = parse_ip_permissions


def _tell_whether_a_bucket_policy_is_public() -> None:
    """ministack answers GetBucketPolicyStatus with a list of the bucket's objects.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
    """
    list_objects = s3._list_objects_v1

    def list_objects_or_tell(bucket: str, query_params: Mapping[str, Any]) -> Any:
        if "policyStatus" not in query_params:
            return list_objects(bucket, query_params)
        status, headers, policy = s3._get_bucket_policy(bucket)
        if status != 200:
            return status, headers, policy
        answer = Element("PolicyStatus")
        SubElement(answer, "IsPublic").text = "true" if s3._policy_is_public(policy.decode()) else "false"
        return 200, {"Content-Type": "application/xml"}, tostring(answer)

    s3._list_objects_v1 = list_objects_or_tell


_NAMED_IF_THERE = re.compile(
    "<(DBClusterIdentifier|ReadReplicaSourceDBInstanceIdentifier|ReadReplicaSourceDBClusterIdentifier)></\\1>"
)


def _leave_out_the_cluster_and_the_source_of_an_instance_without_one() -> None:
    """An instance names its DB cluster, or what it is a replica of, only if there is one; ministack names an empty one.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    render = rds._instance_xml

    def instance_xml(instance: Mapping[str, Any]) -> str:
        return _NAMED_IF_THERE.sub("", str(render(instance)))

    rds._instance_xml = instance_xml


_MODIFICATION_SECONDS = 3.0
"""On AWS it is minutes."""

_MODIFIED_AT = "_ModifiedAt"


def _name_load_balancers_as_elb_does() -> None:
    """An ARN of a load balancer ends with 16 hexadecimal digits; ministack takes any letters.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
    """
    alb._short_id = lambda: token_hex(8)


def _take_a_while_to_modify_an_instance() -> None:
    """An instance is ``modifying`` for a while after ModifyDBInstance; with ministack it stays ``available``.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status
    """
    modify, render = rds._ACTION_MAP["ModifyDBInstance"], rds._instance_xml

    def modify_db_instance(parameters: Mapping[str, Any]) -> Any:
        status, headers, body = modify(parameters)
        if status == 200:
            rds._resolve_instance(rds._p(parameters, "DBInstanceIdentifier"))[_MODIFIED_AT] = time.monotonic()
        return status, headers, body

    def instance_xml(instance: Mapping[str, Any]) -> str:
        modified_at = instance.get(_MODIFIED_AT)
        under_way = modified_at is not None and time.monotonic() < modified_at + _MODIFICATION_SECONDS
        if under_way and instance["DBInstanceStatus"] == "available":
            instance = {**instance, "DBInstanceStatus": "modifying"}
        return str(render(instance))

    rds._ACTION_MAP["ModifyDBInstance"], rds._instance_xml = modify_db_instance, instance_xml


def _keep_the_tags_a_trail_is_created_with() -> None:
    """ministack keeps only tags that are added later.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
    """
    create = cloudtrail._DISPATCH["CreateTrail"]

    def create_trail(body: Mapping[str, Any]) -> Any:
        status, headers, answer = create(body)
        if status == 200 and body.get("TagsList"):
            cloudtrail._add_tags({"ResourceId": json.loads(answer)["TrailARN"], "TagsList": body["TagsList"]})
        return status, headers, answer

    cloudtrail._DISPATCH["CreateTrail"] = create_trail


def _record_events_as_cloudtrail_does() -> None:
    """An event is named after its API operation, and AssumeRole is written into the role's account's trail too.

    ministack names calls of the query protocol ``POST.sts``, and writes them into the caller's account only.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    """
    record = cloudtrail.record_event

    def record_event(**event: Any) -> None:
        asked = event["request_params"]
        event["event_name"] = asked.get("Action", event["event_name"])
        record(**event)
        if event["event_name"] == "AssumeRole":
            recipient = responses._request_account_id.set(asked["RoleArn"].split(":")[4])
            try:
                record(**event)
            finally:
                responses._request_account_id.reset(recipient)

    cloudtrail.record_event = record_event


def _tell_who_sent_a_message() -> None:
    """``SenderId`` is the sender's unique id, as STS answers it to the sender; ministack gives the account's.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    attributes_of, invoke = sqs._build_send_sys_attrs, lambda_svc._run_sqs_batch

    def build_send_sys_attrs(now: float, asked: Mapping[str, Any]) -> dict[str, str]:
        sender = iam_evaluator.resolve_caller_identity(iam_evaluator._verified_key.get())
        return {**attributes_of(now, asked), **({"SenderId": sender["userId"]} if sender else {})}

    def run_sqs_batch(mapping: Any, function: Any, event: Any, batch: Any, *rest: Any) -> None:
        senders = {message["id"]: message["sys"]["SenderId"] for message in batch}
        for record in event["Records"]:
            record["attributes"]["SenderId"] = senders[record["messageId"]]
        invoke(mapping, function, event, batch, *rest)

    sqs._build_send_sys_attrs, lambda_svc._run_sqs_batch = build_send_sys_attrs, run_sqs_batch
