"""The facts that ``suture simulate`` is given, in place of those that the platform would read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import Unusable
from runtime.domain.facts import Account, Waiver, WaiverStatus
from runtime.domain.finding import Finding
from runtime.domain.guardrails import Guardrails, Past, PastKind, Stop, StopScope, UsageScope
from runtime.domain.plan import State

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

SCHEMA_FILE = Path(__file__).with_name("facts.schema.json")

_WAIVER_TEXTS = ("control", "account_id", "resource", "environment", "reason", "ticket", "approved_by")
"""What may be left out of an exception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedAccount:
    """A registration as it was stated; whose it is, the finding says."""

    name: str = ""
    environment: str = ""
    owner: str = ""

    def registered_for(self, finding: Finding) -> Account:
        name = self.name or f"account {finding.account_id}"
        return Account(
            id=finding.account_id, name=name, environment=self.environment, owner=self.owner, external_id="simulated"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFacts:
    """``account`` is ``None`` for one that was never onboarded, ``observed`` where the live resource was not read.

    ``assumptions`` says, in sentences, what nobody stated. ``now`` is in UTC, ``None`` for the clock's time.
    """

    account: StatedAccount | None
    waivers: tuple[Waiver, ...] = ()
    exists: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)
    observed: State | None = None
    guardrails: Guardrails = field(default_factory=Guardrails)
    dry_run: bool = False
    now: datetime | None = None
    assumptions: tuple[str, ...] = ()


def parse_facts(text: str, source: str) -> StatedFacts:
    """Read the text of a facts file. Raises ``Unusable`` naming ``source`` and every place that is wrong."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415  slow

    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unusable(f"{source}:{error.lineno}:{error.colno}: it is not JSON: {error.msg}") from error
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    problems = [line for error in Draft202012Validator(schema).iter_errors(document) for line in _problems(error)]
    if not problems:
        problems = list(_contradictions(document))
    if problems:
        raise Unusable("\n".join(f"{source}: {line}" for line in sorted(problems)))
    return _parse(document, source)


def _parse(document: Mapping[str, Any], source: str) -> StatedFacts:
    account = document.get("account", {})
    return StatedFacts(
        account=None if account is None else StatedAccount(**account),
        waivers=_parse_each("waivers", _parse_waiver, document, source),
        exists=document.get("exists", True),
        tags=document.get("tags", {}),
        observed=document.get("observed"),
        guardrails=Guardrails(
            stops=_parse_each("stops", _parse_stop, document, source),
            past=_parse_each("past", _parse_past, document, source),
            usage={scope: document.get("usage", {}).get(scope, 0) for scope in UsageScope},
        ),
        dry_run=document.get("dry_run", False),
        now=_moment(document["now"], f"{source}: $.now") if "now" in document else None,
        assumptions=tuple(sentence for name, sentence in _assumable(document) if name not in document),
    )


def _parse_each[T](
    name: str, parse: Callable[[Mapping[str, Any], str], T], document: Mapping[str, Any], source: str
) -> tuple[T, ...]:
    return tuple(parse(item, f"{source}: $.{name}[{index}]") for index, item in enumerate(document.get(name, ())))


def _parse_waiver(stated: Mapping[str, Any], place: str) -> Waiver:
    moments = _moments(stated, ("requested_at", "expires_at"), place)
    optional = {name: stated.get(name, "") for name in _WAIVER_TEXTS}
    return Waiver(**{**stated, **optional, **moments, "status": WaiverStatus(stated["status"])})


def _parse_stop(stated: Mapping[str, Any], place: str) -> Stop:
    moments = _moments(stated, ("at",), place)
    return Stop(**{"value": "", **stated, **moments, "scope": StopScope(stated["scope"])})


def _parse_past(stated: Mapping[str, Any], place: str) -> Past:
    return Past(**{**stated, **_moments(stated, ("at",), place), "kind": PastKind(stated["kind"])})


def _moments(stated: Mapping[str, Any], names: Iterable[str], place: str) -> dict[str, datetime]:
    return {name: _moment(stated[name], f"{place}.{name}") for name in names}


def _assumable(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is assumed for the facts that are not stated. The guardrails are read together with the live resource."""
    yield "account", "The account is onboarded, without environment and owner."
    yield "waivers", "No exception is registered."
    if "observed" in document:
        yield "tags", "The resource has no tags."
        yield "stops", "Nothing is stopped."
        yield "past", "The resource has no earlier changes."
        yield "usage", "Nothing was changed anywhere within the last hour."


def _contradictions(document: Mapping[str, Any]) -> Iterator[str]:
    if not document.get("exists", True):
        for name in ("observed", "tags"):
            if name in document:
                yield f'$.{name}: a resource that does not exist has none; remove it, or `"exists": false`'
    for index, waiver in enumerate(document.get("waivers", ())):
        if waiver["status"] == WaiverStatus.APPROVED and not waiver.get("approved_by"):
            yield f"$.waivers[{index}]: approved_by is required, because it is approved"
    for index, stop in enumerate(document.get("stops", ())):
        if (stop["scope"] == StopScope.EVERYTHING) is bool(stop.get("value")):
            yield f"$.stops[{index}].value: required for an account, fix or environment, and only for these"


def _moment(text: str, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unusable(f"{place}: {text!r} is not a time; use a form like 2026-03-14T08:21:09Z") from error
    if moment.tzinfo is None:
        raise Unusable(f"{place}: {text!r} has no zone: add Z for UTC, or an offset such as +01:00")
    return moment.astimezone(UTC)


def _problems(error: ValidationError) -> Iterator[str]:
    place = error.json_path
    schema: Any = error.schema
    wanted: Any = error.validator_value
    found: Any = error.instance
    match error.validator:
        case "additionalProperties":
            allowed = ", ".join(sorted(schema["properties"]))
            for name in sorted(set(found) - set(schema["properties"])):
                yield f"{place}.{name}: unknown key; known here: {allowed}"
        case "required":
            missing = ", ".join(name for name in wanted if name not in found)
            yield f"{place}: missing {missing}"
        case "enum":
            yield f"{place}: {found!r} is not one of {', '.join(wanted)}"
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            yield f"{place}: {found!r} is not of type {' or '.join(kinds)}"
        case _:
            yield f"{place}: {error.message}"
