"""The packs as a Terraform module, from the same declarations as the templates, in Terraform's JSON syntax.

Statements are data, in ``locals``; the one expression for each policy leaves out those of fixes that are switched off.
https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from customer_role.grants import Pack, packed
from customer_role.guard_rails import guard_rails
from customer_role.trust import EXECUTION_ROLE_ARN, EXTERNAL_ID, EXTERNAL_ID_LENGTH, MAX_SESSION_SECONDS, trust
from customer_role.verification import TEMPLATE_TAG, template_version, verification_policy, verification_trust
from runtime.domain.access import VERIFICATION, customer_role_name

_PARTITION = "${data.aws_partition.current.partition}"
_KNOWN = {
    "${AWS::Partition}": _PARTITION,
    "${AWS::AccountId}": "${data.aws_caller_identity.current.account_id}",
}


def module(packs: Sequence[Pack]) -> Mapping[str, str]:
    """The files of the module, by name: the same texts for the same fixes."""
    documents = {
        "versions.tf.json": _VERSIONS,
        "variables.tf.json": {"variable": _variables(packs)},
        "outputs.tf.json": _outputs(packs),
        **{f"{pack.service}.tf.json": _pack(pack) for pack in packs},
        f"{VERIFICATION}.tf.json": _verification(packs),
    }
    return {name: json.dumps(document, indent=2) + "\n" for name, document in documents.items()}


_VERSIONS = {
    "terraform": {
        "required_version": ">= 1.5",
        "required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.0"}},
    },
    "data": {"aws_partition": {"current": {}}, "aws_caller_identity": {"current": {}}},
}


def _variables(packs: Sequence[Pack]) -> dict[str, Any]:
    services = [*(pack.service for pack in packs), VERIFICATION]
    fixes = sorted({grant.spec.id for pack in packs for grant in pack.grants})
    return {
        "execution_role_arn": {
            "type": "string",
            "description": "ARN of the only role that can assume the roles: Suture's execution role",
            "validation": _validation(
                f"can(regex({_text(f'^{EXECUTION_ROLE_ARN}$')}, var.execution_role_arn))",
                "It must be the ARN of Suture's execution role.",
            ),
        },
        "external_id": {
            "type": "string",
            "description": "The external id that Suture generated for this account",
            "validation": _validation(
                f"can(regex({_text(f'^{EXTERNAL_ID}$')}, var.external_id)) && "
                f"length(var.external_id) >= {EXTERNAL_ID_LENGTH}",
                "It must be the external id exactly as Suture gave it.",
            ),
        },
        "packs": {
            "type": "set(string)",
            "description": (
                "The services whose findings are fixed, and verification for the role that reads the permissions of "
                f"the others: any of {', '.join(services)}"
            ),
            "validation": _validation(
                f"alltrue([for name in var.packs : contains({_text(services)}, name)])", "There is no such pack."
            ),
        },
        "disabled_fixes": {
            "type": "set(string)",
            "default": [],
            "description": "The ids of disabled fixes",
            "validation": _validation(
                f"alltrue([for name in var.disabled_fixes : contains({_text(fixes)}, name)])",
                "There is no such fix.",
            ),
        },
    }


def _validation(condition: str, message: str) -> dict[str, str]:
    return {"condition": f"${{{condition}}}", "error_message": message}


def _outputs(packs: Sequence[Pack]) -> dict[str, Any]:
    roles = ", ".join(f"aws_iam_role.{name}[*].arn" for name in (*(pack.service for pack in packs), VERIFICATION))
    return {"output": {"role_arns": {"description": "The role that Suture assumes", "value": f"${{concat({roles})}}"}}}


def _pack(pack: Pack) -> dict[str, Any]:
    name = customer_role_name(pack.service)
    policies = {f"{pack.service}_{number}": grants for number, grants in enumerate(packed(pack.grants), start=1)}
    role = _role(
        pack.service,
        f"Suture: fixes approved Wiz findings about {pack.title}, one at a time",
        trust("${var.execution_role_arn}", "${var.external_id}"),
        {TEMPLATE_TAG: template_version(pack)},
    )
    statements = {
        key: [{"fix": it.spec.id, "statement": _filled_in(one)} for it in grants for one in it.statements]
        for key, grants in policies.items()
    }
    return {
        # What of each policy is switched on.
        "locals": {f"{key}_all": found for key, found in statements.items()}
        | {
            key: f"${{[for it in local.{key}_all : it.statement if !contains(var.disabled_fixes, it.fix)]}}"
            for key in statements
        },
        "resource": {
            "aws_iam_role": {pack.service: role},
            "aws_iam_role_policy": {pack.service: _inline(pack.service, f"{name}-limits", guard_rails(pack))},
            "aws_iam_policy": {
                key: {
                    "count": f"${{contains(var.packs, {_text(pack.service)}) && length(local.{key}) > 0 ? 1 : 0}}",
                    "name": f"{name}-{number}",
                    "description": "Permissions of Suture's fixes. Each statement belongs to the fix in its name.",
                    "policy": f'${{jsonencode({{Version = "2012-10-17", Statement = local.{key}}})}}',
                }
                for number, key in enumerate(policies, start=1)
            },
            "aws_iam_role_policy_attachment": {
                key: {
                    "count": f"${{length(aws_iam_policy.{key})}}",
                    "role": f"${{aws_iam_role.{pack.service}[0].name}}",
                    "policy_arn": f"${{aws_iam_policy.{key}[0].arn}}",
                }
                for key in policies
            },
        },
    }


def _verification(packs: Sequence[Pack]) -> dict[str, Any]:
    platform = f"arn:{_PARTITION}:iam::${{local.platform_account_id}}:root"
    role = _role(
        VERIFICATION,
        "Suture: reads the permissions of Suture's other roles, and nothing else",
        verification_trust(platform, "${var.external_id}"),
        {},
    )
    name = customer_role_name(VERIFICATION)
    inline = _inline(VERIFICATION, name, verification_policy(packs))
    return {
        "locals": {"platform_account_id": '${split(":", var.execution_role_arn)[4]}'},
        "resource": {"aws_iam_role": {VERIFICATION: role}, "aws_iam_role_policy": {VERIFICATION: inline}},
    }


def _role(service: str, description: str, trusts: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    return {
        "count": f"${{contains(var.packs, {_text(service)}) ? 1 : 0}}",
        "name": customer_role_name(service),
        "description": description,
        "max_session_duration": MAX_SESSION_SECONDS,
        "assume_role_policy": json.dumps(trusts),
        "tags": dict(tags),
    }


def _inline(service: str, name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "count": f"${{length(aws_iam_role.{service})}}",
        "name": name,
        "role": f"${{aws_iam_role.{service}[0].id}}",
        "policy": json.dumps(_filled_in(document)),
    }


def _filled_in(value: Any) -> Any:
    """``value`` with Terraform filling in the account and the partition, and nothing else."""
    match value:
        case str():
            for ours, terraforms in _KNOWN.items():
                value = value.replace(ours, "\0" + terraforms.removeprefix("$"))
            return value.replace("${", "$${").replace("%{", "%%{").replace("\0", "$")
        case Mapping():
            return {key: _filled_in(member) for key, member in value.items()}
        case list() | tuple():
            return [_filled_in(member) for member in value]
        case _:
            return value


def _text(value: str | Sequence[str]) -> str:
    """As it stands in an expression."""
    return json.dumps(value)
