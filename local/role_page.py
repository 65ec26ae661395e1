"""docs/customer-roles.md, made from what the fixes declare: ``python -m local.role_page`` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from customer_role.grants import Granted, Pack, packs_of
from customer_role.request_parameters import denials
from customer_role.scp import SCP_LIMIT, service_control_policies
from customer_role.worst_cases import WORST_CASES
from local.fix_pages import code, table
from runtime.domain.access import customer_role_name
from runtime.fixes.catalog import SPECS

FILE = Path(__file__).resolve().parent.parent / "docs" / "customer-roles.md"

_REFERENCE = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference"
    "/reference_policies_actions-resources-contextkeys.html"
)

_INTRODUCTION = """\
<!-- Made by `make docs`. Do not edit. -->

# Worst case of each role

Suture opens a session for one fix on one resource. The platform enforces that, because it sets the session policy and
the session tags. An attacker who takes over the platform's account is limited only by what you deployed. This page
lists, role by role, **everything** that a session could do then, on **all** resources of the types named. It is
generated from the fixes' declarations, like the templates.

Limits in this case:

* Only the actions below. The role denies every other action, whatever is attached to it later.
* No access to Suture's roles and their policies, or to resources of other accounts.
* Only packs that you deployed, and in them only enabled fixes. The table has the fixes of each action.
* Where IAM has a condition key, no parameter that no fix sends: listed under each role.
* One hour per session, but a new one can be opened as long as your stack exists. CloudTrail in your account has every
  call, with the role's name.
* The denies of your organization's service control policies: [below](#service-control-policy).

*Reversible* is about the setting: the last column names what restoring the setting does not restore.
"""

_SCP = f"""\
## Service control policy

A principal with permission to edit IAM in your account can edit a role's denies, but not a service control policy. It
allows nothing and affects no other principals: each role can do what its fixes declare, or nothing; any other role
with the same name prefix is denied everything, so first remove the role `suture-remediation` of earlier versions. It
cannot limit which accounts assume the roles: their trust policies do.

`make customer-templates` writes it next to the templates, in documents of at most {SCP_LIMIT:,} characters; attach
each of them to the organizational unit of the accounts, with credentials of the organization's management account:

```
aws organizations create-policy --type SERVICE_CONTROL_POLICY --name suture-remediation-1 \\
  --description "Limits the roles of Suture" --content file://build/customer-role/suture-remediation-scp-1.json
aws organizations attach-policy --policy-id <policy id> --target-id <organizational unit>
```

If there are more documents than an organizational unit allows, attach the others to its parent or to the accounts: a
deny at any level applies. Deploy newer documents before their templates: an action that they do not list is denied.
"""


def page() -> str:
    """The whole page."""
    packs = packs_of(SPECS.values())
    lines = [_INTRODUCTION, *(line for pack in packs for line in _role(pack)), *_unscoped(packs), _SCP]
    documents = service_control_policies(packs)
    lines.append(f"It has {len(documents)} documents, of {', '.join(f'{len(it):,}' for it in documents)} characters.\n")
    for document in documents:
        lines += ["```json", json.dumps(json.loads(document), indent=2), "```", ""]
    return "\n".join(lines)


def _role(pack: Pack) -> Iterator[str]:
    yield from (f"## `{customer_role_name(pack.service)}`", "")
    writes = (
        (
            code([action]),
            _resources(pack, action),
            _fixes(pack, action),
            WORST_CASES[action].effect,
            f"not {WORST_CASES[action].remains}" if WORST_CASES[action].remains else "yes",
        )
        for action in _actions(pack, write=True)
    )
    yield from table(("action", "on", "fixes", "worst case", "reversible"), writes)
    yield ""
    reads = _actions(pack, write=False)
    yield f"Read actions, on settings and tags: {code(reads)}."
    yield ""
    if denied := denials(pack.actions):
        yield "Denied parameters of these actions:"
        yield ""
        rows = ((code(it["Action"]), f"`{json.dumps(it['Condition'])}`") for it in denied)
        yield from table(("action", "where"), rows)
        yield ""


def _unscoped(packs: tuple[Pack, ...]) -> Iterator[str]:
    yield from ("## Actions on `*`", "")
    yield "These actions do not support resource-level permissions: the"
    yield f"[Service Authorization Reference]({_REFERENCE}) has no resource type for them."
    yield ""
    found = {(it.permission.action, it.write) for it in _granted(packs) if it.resource == "*"}
    yield from table(
        ("action", "session"), ((code([name]), "write" if write else "read") for name, write in sorted(found))
    )
    yield ""


def _granted(packs: tuple[Pack, ...]) -> Iterator[Granted]:
    return (granted for pack in packs for grant in pack.grants for granted in grant.granted)


def _actions(pack: Pack, *, write: bool) -> list[str]:
    return sorted({it.permission.action for it in _granted((pack,)) if it.write == write})


def _resources(pack: Pack, action: str) -> str:
    patterns = {it.resource for it in _granted((pack,)) if it.permission.action == action}
    return code(sorted(pattern.replace("${AWS::Partition}", "aws") for pattern in patterns)).replace(
        "${AWS::AccountId}", "ACCOUNT"
    )


def _fixes(pack: Pack, action: str) -> str:
    return ", ".join(f"[{grant.spec.id}](fixes/{grant.spec.id}.md)" for grant in pack.grants if action in grant.actions)


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
