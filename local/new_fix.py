"""``make new-fix KIND=… ID=… [TYPE=…]`` writes the files of a new fix, with a mark at each place that has to be filled.

The tests fail at each mark: ``pytest tests/repo -k left_to_do`` lists them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from string import Template
from typing import Annotated

import typer
import yaml

from runtime.domain.known import problem_with
from runtime.fixes.catalog import TYPES, folder_of, summaries, types_by_name
from runtime.fixes.resource_type import ResourceType

REPOSITORY = Path(__file__).parents[1]
SHIPPED = "tests/laws/shipped_ids.yaml"
PREVENTION = "infra/prevention.yaml"
ACCOUNT = "AWS::::Account"

MARK = "TO" + "DO"
"""What stands where something is to be filled in. Spelled so that this file has none."""

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")


class Refused(Exception):
    """Nothing was written. The sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A way of fixing: where it is from, and what is to be said besides what every fix says."""

    imports: tuple[str, ...]
    name: str
    arguments: str
    before: str = ""
    """What stands above the declaration."""


_READ = """\
    reads=(
        Read(call="${read}", by=${by}, at="${at}", keep=("${todo}",)),
    ),
"""
_ATTRIBUTES = f"""\
{_READ}    wanted={{"${{todo}}": True}},
    write=Write(call="${{service}}:${{todo}}", by=${{by_and}}"${{todo}}": Value("${{todo}}")}}),
"""
_POLICY = """\
    reads=(
        Read(call="${service}:${todo}", by=${by}, keep={"policy": "${todo}"}, absent="${todo}"),
    ),
    put=Write(call="${service}:${todo}", by=${by_and}"Policy": Value("policy")}),
    delete=Write(call="${service}:${todo}", by=${by}),
    limit_bytes=20 * 1024,
"""
_CALLS = "from runtime.fixes.calls import Read, Value, Write"

KINDS: Mapping[str, Kind] = {
    "set-attributes": Kind(
        imports=(_CALLS, "from runtime.fixes.kinds.attributes import SetAttributes"),
        name="SetAttributes",
        arguments=_ATTRIBUTES,
    ),
    "encrypt-with": Kind(
        imports=(_CALLS, "from runtime.fixes.kinds.keys import EncryptWith, key_arn, shown_key"),
        name="EncryptWith",
        arguments=_ATTRIBUTES.replace("True}", "key_arn}") + '    shows={"key": shown_key},\n',
    ),
    "log-to": Kind(
        imports=(_CALLS, "from runtime.fixes.kinds.destinations import LOG_GROUP, LogTo"),
        name="LogTo",
        arguments=_ATTRIBUTES.replace("True}", 'lambda look: look.option("log_group")}') + "    named=(LOG_GROUP,),\n",
    ),
    "deny-statement": Kind(
        imports=(
            _CALLS,
            "from runtime.fixes.kinds.declared import Look",
            "from runtime.fixes.kinds.policies import DenyStatement",
            "from runtime.fixes.policy_document import Statement",
        ),
        name="DenyStatement",
        before='''\
def _denial(look: Look) -> Statement:
    return {"Effect": "Deny", "Principal": "*", "Action": "${todo}", "Resource": look.resource.arn}


def _denies(statements: list[Statement], look: Look) -> bool:
    """${todo}: whether the statements together deny the same, or more."""
    return any(_denial(look).items() <= statement.items() for statement in statements)


''',
        arguments=_POLICY + '    sid="${todo}",\n    statement=_denial,\n    denies=_denies,\n',
    ),
    "remove-statements": Kind(
        imports=(
            _CALLS,
            "from runtime.fixes.kinds.declared import Look",
            "from runtime.fixes.kinds.policies import RemoveStatements",
            "from runtime.fixes.policy_document import Statement",
        ),
        name="RemoveStatements",
        before='''\
def _is_wrong(statement: Statement, look: Look) -> bool:
    """${todo}: which statements are removed."""
    return statement["Effect"] == "Allow" and look.resource.arn in statement["Resource"]


''',
        arguments=_POLICY + "    wrong=_is_wrong,\n",
    ),
    "close-to-everybody": Kind(
        imports=(_CALLS, "from runtime.fixes.kinds.policies import CloseToEverybody"),
        name="CloseToEverybody",
        arguments=_POLICY,
    ),
    "unshare": Kind(
        imports=(
            "from runtime.fixes.calls import Read, Write",
            "from runtime.fixes.kinds.sharing import Unshare",
        ),
        name="Unshare",
        arguments=_READ
        + """\
    shared_with="${todo}",
    stop=Write(call="${service}:${todo}", by=${by}),
    share=Write(call="${service}:${todo}", by=${by}),
""",
    ),
    "own": Kind(
        imports=(
            "from dataclasses import dataclass",
            "from runtime.domain.fix import Permission",
            "from runtime.domain.plan import Compliant, Refused",
            "from runtime.fixes.calls import Read, Write",
            "from runtime.fixes.kinds.declared import Declared, Found, Look, Steps",
        ),
        name="${own}",
        before='''\
@dataclass(frozen=True, kw_only=True)
class ${own}(Declared):
    """${todo}: what it does that no kind in ``runtime.fixes.kinds`` does."""

    change: Write
    back: Write

    @property
    def writes(self) -> tuple[Permission, ...]:
        return self.change.permission, self.back.permission

    def offending(self, look: Look) -> Found | Compliant | Refused:
        if look["${todo}"]:
            return Compliant(sentence=look.said("$${subject} complies."))
        return Found("${todo}")

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps] | Refused:  # noqa: ARG002  the contract's
        change = self.change.change(look.texts, look.state, {"${todo}": True})
        return (change,), (self.back.change(look.texts, look.state),)


''',
        arguments=_READ
        + """\
    change=Write(call="${service}:${todo}", by=${by}),
    back=Write(call="${service}:${todo}", by=${by}),
""",
    ),
}

_MODULE = '''\
"""${todo}: the title.

What it does
------------
${todo}: what is changed, in AWS's words, what is left as it is, and what is refused.

Why it matters
--------------
${todo}.

What can break
--------------
${todo}: who notices, and by which fact the plan says so beforehand.

Undo
----
${todo}: what is put back, and what that does not bring back.

References
----------
* ${todo}: https://docs.aws.amazon.com/
"""

from __future__ import annotations

${imports}

${before}FIX = ${name}(
    of=${constant},
    id="${id}",
    title="${todo}: a verb first",
    disruption=Disruption.DATA_PATH,
    hazard="${todo}: one sentence.",
    undo_hazard="${todo}: one sentence.",
${arguments}    template={
        TemplateTool.CLOUDFORMATION: "set ${todo} of ${type} to true",
        TemplateTool.CDK: "set ${todo} of ${todo} to true",
        TemplateTool.TERRAFORM: "set ${todo} of ${todo} to true",
    },
)
'''

_IDENTIFIERS = """\
# What this fix answers: ${todo}: where each was looked up; infra/frameworks has all that there are.
fix: ${id}
entries:
  - id: ${id}
"""

_PREVENTION = """\
  - fixes: [${id}]
    because: "${todo}: or a way further up, or among those with the same reason"
"""

_CASES = '''\
"""${todo}: the resource, and what of it is put right."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal, resource_from


def _create(clients: Clients) -> Resource:
    clients("${service}")
    return resource_from("${arn}")


def _disturb(clients: Clients, resource: Resource) -> None:
    """Change what the fix changes, to what is neither compliant nor as it was."""
    clients("${service}")


def read_back(clients: Clients, resource: Resource) -> Any:
    return clients("${service}").meta.region_name


CASES = (
    Bad(name="${todo}: what is wrong", create=_create, fixed="${todo}", disturb=_disturb),
    AlreadyCompliant(name="${todo}: what is right", create=_create),
    Refusal(name="${todo}: what must not be touched", create=_create, because="${todo}"),
)
'''

_EVERY = ("from runtime.domain.fix import Disruption", "from runtime.domain.template import TemplateTool")


def files_of(kind: str, fix_id: str, type_name: str, repository: Path = REPOSITORY) -> Mapping[Path, str]:
    """What is to be written, by where. Raises ``Refused``."""
    if problem := problem_with("KIND", kind, KINDS):
        raise Refused(problem)
    folder, rest = _parsed(fix_id)
    home = repository / "runtime" / "fixes" / folder_of(folder)
    known = yaml.safe_load((repository / SHIPPED).read_text(encoding="utf-8"))
    if fix_id in summaries() or fix_id in known["fixes"] or fix_id in known["entries"]:
        raise Refused(f"ID {fix_id!r} is taken, and an id is never used again, nor for something else.")
    resource_type = _type_of(folder, type_name)
    texts = _texts(KINDS[kind], fix_id, resource_type)
    paths = {
        home / f"{rest}.py": _MODULE,
        home / f"{rest}.yaml": _IDENTIFIERS,
        repository / "tests" / "laws" / "cases" / f"{folder}_{rest}.py": _CASES,
    }
    if not (home / "__init__.py").exists():
        paths[home / "__init__.py"] = '"""${todo}: the service, and what its fixes have in common."""\n'
    if there := [path for path in paths if path.exists()]:
        raise Refused(f"{there[0].relative_to(repository)} is there already.")
    prevention = repository / PREVENTION  # its last part are those that nothing prevents
    paths[prevention] = prevention.read_text(encoding="utf-8").replace("$", "$$") + _PREVENTION
    return {path: _formatted(path, Template(text).substitute(texts)) for path, text in paths.items()}


def _formatted(path: Path, text: str) -> str:
    """As ruff has it: how lines break depends on how long the names are."""
    for arguments in (["check", "--select", "I", "--fix-only"], ["format"]) if path.suffix == ".py" else ():
        command = [sys.executable, "-m", "ruff", *arguments, "--quiet", "--stdin-filename", str(path), "-"]
        text = subprocess.run(command, cwd=REPOSITORY, input=text, capture_output=True, text=True, check=True).stdout
    return text


def _parsed(fix_id: str) -> tuple[str, str]:
    """The folder and the module."""
    if not _ID.fullmatch(fix_id):
        raise Refused(
            f"ID {fix_id!r} is not the id of a fix: words of small letters and digits with - in between, the first one "
            "the service, as in s3-block-public-access."
        )
    folder, _, rest = fix_id.partition("-")
    if folder == "kinds":
        raise Refused("ID: kinds is no service.")
    return folder, rest.replace("-", "_")


def _type_of(folder: str, name: str) -> ResourceType:
    """The type that is named, or the only one that the service has."""
    types = types_by_name()
    if not name:
        own = [kind.name for kind in TYPES.get(folder, ())]
        if len(own) != 1:
            which = f"one of {', '.join(own)}" if own else f"{ACCOUNT}, or one declared first in runtime/fixes/{folder}"
            raise Refused(f"TYPE is needed: {which}.")
        (name,) = own
    if problem := problem_with("TYPE", name, types):
        raise Refused(f"{problem} A new type is declared first, in the folder of its service.")
    return types[name]


def _texts(kind: Kind, fix_id: str, resource_type: ResourceType) -> dict[str, str]:
    module, constant = _declared_in(resource_type)
    describe = resource_type.describe or resource_type.handle
    by = json.dumps(dict(describe.by) if describe else {})
    service = describe.call.partition(":")[0] if describe else fix_id.partition("-")[0]
    parts = {"partition": "aws", "region": "us-east-1", "account_id": "123456789012", "name": "a-name"}
    texts = {
        "todo": MARK,
        "id": fix_id,
        "own": "".join(map(str.capitalize, fix_id.split("-"))),
        "constant": constant,
        "type": resource_type.name,
        "service": service,
        "read": describe.call if describe else f"{service}:{MARK}",
        "at": describe.at if describe else "",
        "by": by,
        "by_and": "{" if by == "{}" else by.removesuffix("}") + ", ",
        "arn": Template(resource_type.arn).substitute(parts),
    }
    imports = {*_EVERY, *kind.imports, f"from {module} import {constant}"}
    filled = {name: Template(text).substitute(texts) for name, text in _parts_of(kind)}
    return {**texts, **filled, "imports": "\n".join(sorted(imports))}


def _parts_of(kind: Kind) -> Iterator[tuple[str, str]]:
    yield "name", kind.name
    yield "before", f"\n{kind.before}" if kind.before else ""
    yield "arguments", kind.arguments


def _declared_in(resource_type: ResourceType) -> tuple[str, str]:
    """The module and the name of the constant that is this type."""
    for service in TYPES:
        module = import_module(f"runtime.fixes.{folder_of(service)}")
        for name, value in vars(module).items():
            if value is resource_type and name.isupper():
                return module.__name__, name
    return "runtime.fixes.account", "ACCOUNT"


def main(
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")],
    fix_id: Annotated[str, typer.Option("--id", help="Such as s3-block-public-access.")],
    type_name: Annotated[str, typer.Option("--type", help="CloudFormation's name of the resource type.")] = "",
) -> None:
    """Write the files of a new fix."""
    try:
        files = files_of(kind, fix_id, type_name)
    except Refused as refused:
        print(refused)
        raise typer.Exit(2) from refused
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(REPOSITORY))
    print(f"Fill in every {MARK}; CONTRIBUTING.md says how. Then:")
    print(f"pytest tests/laws -k {fix_id} && python -m tests.laws.register && make docs")


if __name__ == "__main__":
    typer.run(main)
