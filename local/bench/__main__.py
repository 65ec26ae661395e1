"""What a finding costs: the bundle's size, the handler's import, the decision's rate, and the AWS calls per outcome.

``python -m local.bench [--json]``. It asserts nothing: figures depend on the machine, tests do not.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from infra.lambda_asset import LambdaAsset, build_lambda_asset
from local.emulator import REPOSITORY
from local.lambda_python import create_lambda_python
from runtime.domain.audit import EventKind
from runtime.domain.case import LiveResourceNeeded
from runtime.domain.command import ApproveException, RequestException
from runtime.domain.decision import decide
from runtime.domain.facts import Facts, LiveResource
from runtime.domain.finding import Finding
from runtime.domain.fix import options_for
from runtime.domain.guardrails import Guardrails, Stop, StopScope, UsageScope
from runtime.domain.policy import parse_policy
from runtime.fixes.catalog import FIX_BY_ID, SPECS
from runtime.intake import parse_message
from tests.flow.world import CUSTOMER, NOW, World, a_world, enveloped, person, policy_document, refuse

IMPORTS = 7
DECISIONS = 20_000
FIX_ID = "s3-block-public-access"
BUCKET = "bench-bucket"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"

_PLATFORM = frozenset({"dynamodb", "sqs", "sns", "events", "appconfigdata", "sts"})
_HANDLER_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "POWERTOOLS_SERVICE_NAME": "suture",
    "POWERTOOLS_METRICS_NAMESPACE": "Suture",
    "SUTURE_APPCONFIG_APPLICATION": "bench",
    "SUTURE_APPROVALS_QUEUE_URL": "https://sqs/approvals",
    "SUTURE_COMMANDS_QUEUE_URL": "https://sqs/commands",
    "SUTURE_APPCONFIG_ENVIRONMENT": "bench",
    "SUTURE_APPCONFIG_PROFILE": "bench",
    "SUTURE_AUDIT_TABLE": "bench",
    "SUTURE_ENVIRONMENT": "bench",
    "SUTURE_EVENT_BUS": "bench",
    "SUTURE_FINDINGS_QUEUE_URL": "https://sqs/findings",
    "SUTURE_FOLLOW_UP_QUEUE_URL": "https://sqs/follow-ups",
    "SUTURE_HOLDS_TABLE": "bench",
    "SUTURE_LEDGER_TABLE": "bench",
    "SUTURE_LOCK_TABLE": "bench",
    "SUTURE_REGISTRY_TABLE": "bench",
    "SUTURE_RETRY_SECONDS": "1",
    "SUTURE_REVIEW_QUEUE_URL": "https://sqs/review",
    "SUTURE_RUNS_QUEUE_URL": "https://sqs/runs.fifo",
    "SUTURE_SECURITY_TOPIC_ARN": "bench",
    "SUTURE_VERIFY_SECONDS": "1",
    "SUTURE_VERSION": "bench",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Sizes in bytes. ``compiled_extensions`` names files that are not pure Python: there should be none."""

    zip_bytes: int
    unpacked_bytes: int
    files: int
    compiled_extensions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """AWS calls for one finding. Opening a session counts to neither account."""

    case: str
    outcome: str
    reason: str
    platform: int
    sessions: int
    customer: int


def measure_bundle(asset: LambdaAsset) -> Bundle:
    files = [path for path in asset.path.rglob("*") if path.is_file()]
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "bundle.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.relative_to(asset.path))
        zip_bytes = packed.stat().st_size
    return Bundle(
        zip_bytes=zip_bytes,
        unpacked_bytes=sum(file.stat().st_size for file in files),
        files=len(files),
        compiled_extensions=tuple(
            str(f.relative_to(asset.path)) for f in files if f.suffix in {".so", ".pyd", ".dylib"}
        ),
    )


def measure_import(asset: LambdaAsset) -> list[float]:
    """Milliseconds from before to after the handler's import, each in a new process with only what the function has."""
    program = (
        "import sys, time; sys.path.insert(0, sys.argv[1]); began = time.perf_counter(); import runtime.handler; "
        "print((time.perf_counter() - began) * 1000)"
    )
    with tempfile.TemporaryDirectory() as folder:
        python = create_lambda_python(Path(folder) / "python")
        command = [str(python), "-c", program, str(asset.path)]
        environment = {"PATH": os.environ["PATH"], **_HANDLER_ENVIRONMENT}
        runs = [
            subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            for _ in range(IMPORTS + 1)
        ]
    return [float(run.stdout) for run in runs[1:]]  # the first also fills the machine's file cache


def measure_decisions() -> float:
    """Decisions per second that end as REMEDIATE, every check made, on one core."""
    with a_world() as world:
        world.onboard()
        finding = parse_message(world.finding(BUCKET_ARN, FIX_ID).body).result
        facts = Facts(account=world.registry.account(CUSTOMER))
    if not isinstance(finding, Finding):
        raise TypeError(f"the bench's own finding was dismissed: {finding}")
    policy = parse_policy(policy_document(), SPECS)
    fix = FIX_BY_ID[FIX_ID]
    resource = _resource(finding, facts)
    state = {"configuration": None, "policy_is_public": False, "hosts_website": False}
    live = LiveResource(tags={}, observed=state, planned=fix.plan(resource, state, options_for(fix.spec, {}, NOW)))
    facts = replace(facts, live=live, guardrails=Guardrails(usage=dict.fromkeys(UsageScope, 0)))
    began = time.perf_counter()
    for _ in range(DECISIONS):
        decide(finding, facts, policy, NOW)
    return DECISIONS / (time.perf_counter() - began)


def _resource(finding: Finding, facts: Facts) -> Any:
    needed = decide(finding, facts, parse_policy(policy_document(), SPECS), NOW)
    if not isinstance(needed, LiveResourceNeeded):
        raise TypeError(f"the bench's own finding was decided without its resource: {needed}")
    return needed.resource


def measure_calls() -> list[Calls]:
    """The calls for one finding of each kind, with a policy that is already cached."""
    return [_calls_of(name, prepare) for name, prepare in _CASES.items()]


def _calls_of(name: str, prepare: Callable[[World], Any]) -> Calls:
    # moto lets anybody assume any role, so the case without one is made by refusing the call.
    refused = refuse("sts:AssumeRole", "AccessDenied", 403) if prepare is _without_role else None
    with a_world() as world:
        world.onboard()
        world.customer("s3").create_bucket(Bucket=BUCKET)
        message = prepare(world)
        with world.watched() as calls:
            calls.before = refused or calls.before
            world.pipeline.handle_finding(message)
        ended = world.history(message).events[-1]
    services = Counter("sts" if call == "sts:AssumeRole" else call.split(":")[0] for call in calls.made)
    sessions = services.pop("sts", 0)
    return Calls(
        case=name,
        outcome=ended.kind if ended.kind is EventKind.HELD else ended.outcome,
        reason=ended.reason,
        platform=sum(count for service, count in services.items() if service in _PLATFORM),
        sessions=sessions,
        customer=sum(count for service, count in services.items() if service not in _PLATFORM),
    )


def _finding(**overrides: Any) -> Callable[[World], Any]:
    return lambda world: world.finding(BUCKET_ARN, FIX_ID, **overrides)


def _in(environment: str) -> Callable[[World], Any]:
    def prepare(world: World) -> Any:
        world.onboard(environment=environment)
        return world.finding(BUCKET_ARN, FIX_ID)

    return prepare


def _compliant(world: World) -> Any:
    world.handle(world.finding(BUCKET_ARN, FIX_ID))
    return world.finding(BUCKET_ARN, FIX_ID)


def _without_owner(world: World) -> Any:
    world.onboard(owner="")
    return world.finding(BUCKET_ARN, FIX_ID)


def _stopped(world: World) -> Any:
    world.registry.stop(
        Stop(id="STOP-1", scope=StopScope.EVERYTHING, value="", reason="bench", stopped_by="bench", at=NOW)
    )
    return world.finding(BUCKET_ARN, FIX_ID)


def _without_role(world: World) -> Any:
    return world.finding(BUCKET_ARN, FIX_ID)


def _waived(world: World) -> Any:
    request = RequestException(
        exception_id="EX-1",
        control="",
        account_id=CUSTOMER,
        resource="",
        environment="",
        reason="bench",
        ticket="SEC-1",
        expires_at=(NOW + timedelta(days=1)).isoformat(),
    )
    world.order(request, person("ann"))
    world.order(ApproveException(exception_id="EX-1", account_id=CUSTOMER, reason="bench"), person("bob"))
    return world.finding(BUCKET_ARN, FIX_ID)


_CASES: dict[str, Callable[[World], Any]] = {
    "fixed": _finding(),
    "to be approved": _in("production"),
    "rehearsed": _in("sandbox"),
    "severity below the floor": _finding(severity="LOW"),
    "no owner, tags among the sources": _without_owner,
    "approved exception": _waived,
    "stopped": _stopped,
    "issue resolved": _finding(status="RESOLVED"),
    "already compliant": _compliant,
    "malformed": lambda _: enveloped("not json"),
    "account not onboarded": _finding(account_id="999999999999"),
    "no customer role": _without_role,
}


def main(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of tables.")] = False
) -> None:
    """Measure, and print."""
    progress = Console(stderr=True)
    with progress.status("building the bundle"):
        asset = build_lambda_asset(REPOSITORY)
        bundle = measure_bundle(asset)
    with progress.status("importing the handler"):
        imports = measure_import(asset)
    with progress.status("deciding"):
        rate = measure_decisions()
    with progress.status("counting calls"):
        calls = measure_calls()
    if as_json:
        document = {
            "bundle": asdict(bundle),
            "handler_import_milliseconds": imports,
            "decisions_per_second": rate,
            "calls": [asdict(one) for one in calls],
        }
        print(json.dumps(document, indent=2))
        return
    _print(Console(highlight=False), bundle, imports, rate, calls)


def _print(console: Console, bundle: Bundle, imports: list[float], rate: float, calls: list[Calls]) -> None:
    purity = ", ".join(bundle.compiled_extensions) or "pure Python"
    console.print(
        f"bundle            {bundle.zip_bytes / 1024:,.0f} KiB zipped, "
        f"{bundle.unpacked_bytes / 1024:,.0f} KiB unpacked, {bundle.files} files, {purity}"
    )
    console.print(
        f"handler import    {statistics.median(imports):,.0f} ms median of {len(imports)} new processes "
        f"({min(imports):,.0f} to {max(imports):,.0f})"
    )
    console.print(f"decisions         {rate:,.0f} per second, each with every check")
    table = Table("finding", "outcome", "platform calls", "sessions", "calls in the customer's account")
    for one in calls:
        table.add_row(one.case, f"{one.outcome} {one.reason}", str(one.platform), str(one.sessions), str(one.customer))
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
