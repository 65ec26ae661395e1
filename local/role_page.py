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

# What each role could do at worst

Suture opens a session for one fix on one resource. That is a promise of the platform: the session policy and the
session tags are chosen by whoever may use its execution role. Should somebody take over the platform's account, only
what you deployed bounds them. This page lists that, role by role: **all** that a session could do then, on **all**
resources of the types named. It is made from the fixes' declarations, as the templates are.

What holds even then:

* Only the actions below. Everything else is denied by the role itself, whatever is attached to it later.
* Not the roles of Suture and their policies, and no other account's resources.
* Only packs that you deployed, and in them only fixes that you left on. Each fix says which actions go with it.
* Where IAM has a condition key for it, no parameter that no fix sends: under each role.
* An hour for each session, though another can be opened for as long as your stack is there. CloudTrail in your account
  has every call, with the role's name.
* What your organization's service control policies deny: [below](#a-service-control-policy).

*Reversible* is about the setting itself: the last column says what putting it back does not bring back.
"""

_SCP = f"""\
## A service control policy

A role's own denials can be edited by whoever may edit IAM in your account. A service control policy cannot, so it
bounds the roles also against mistakes there. It allows nothing and denies nobody else anything: each role does what its
fixes declare, or nothing; any other role whose name begins like theirs does nothing at all, so remove the role
`suture-remediation` of versions before there were packs first. Which accounts may assume the roles it cannot say: that
is in their trust policies.

`make customer-templates` writes it next to the templates, in documents of at most {SCP_LIMIT:,} characters; attach
each of them to the organizational unit of the accounts, with credentials of the organization's management account:

```
aws organizations create-policy --type SERVICE_CONTROL_POLICY --name suture-remediation-1 \\
  --description "Bounds the roles of Suture" --content file://build/customer-role/suture-remediation-scp-1.json
aws organizations attach-policy --policy-id <policy id> --target-id <organizational unit>
```

Where there are more documents than an organizational unit takes, attach the others to its parent or to the accounts:
what is denied at any level is denied. Deploy newer ones before the templates that they belong to: an action that they
do not know is denied.
"""


def page() -> str:
    """The whole page."""
    packs = packs_of(SPECS.values())
    lines = [_INTRODUCTION, *(line for pack in packs for line in _role(pack)), *_unscoped(packs), _SCP]
    documents = service_control_policies(packs)
    lines.append(f"Today it is {len(documents)} of {', '.join(f'{len(it):,}' for it in documents)} characters.\n")
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
    yield from table(("action", "on", "of the fix", "at worst", "reversible"), writes)
    yield ""
    reads = _actions(pack, write=False)
    yield f"It reads settings and tags, of any of them and without a trace in the resource: {code(reads)}."
    yield ""
    if denied := denials(pack.actions):
        yield "Denied, though the actions would allow it:"
        yield ""
        rows = ((code(it["Action"]), f"`{json.dumps(it['Condition'])}`") for it in denied)
        yield from table(("action", "where"), rows)
        yield ""


def _unscoped(packs: tuple[Pack, ...]) -> Iterator[str]:
    yield from ("## Actions on `*`", "")
    yield "AWS does not let these be allowed for single resources: the"
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
