"""What the fixes have in common that send the logs of a database to CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import Including
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, one_of
from runtime.fixes.kinds.destinations import LogTo
from runtime.fixes.resource_type import ResourceType

_SENT = "sent"
_CHANGED = "changed"
_IN_PROGRESS = "in_progress"

_LOGS = {
    _SENT: "EnabledCloudwatchLogsExports || `[]`",
    # The documentation reverses which are turned on and which off; both are in progress.
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PendingCloudwatchLogsExports.html
    _IN_PROGRESS: "join(', ', (PendingModifiedValues.PendingCloudwatchLogsExports || `{}`) | values(@)[])",
}
_EXPORTABLE = Read(
    call="rds:DescribeDBEngineVersions",
    by={"EngineVersion": "${EngineVersion}"},
    on="*",
    # Several engines have versions of the same name.
    keep={"exportable": "DBEngineVersions[].{engine: Engine, types: ExportableLogTypes}"},
    of="EngineVersion",
)


@dataclass(frozen=True, kw_only=True)
class _SendLogs(LogTo):
    """RDS accepts the logs to add or to remove, where other services accept the whole list."""

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        changed = {_CHANGED: sorted({*found.detail[_SENT]} - {*look[_SENT]})}
        apply = self.write.change(look.texts, changed, {_SENT: found.detail[_SENT]}, whole=True)
        return (apply,), ((self.back or self.write).change(look.texts, changed),)


def send_logs(
    *,
    of: ResourceType,
    fix_id: str,
    product: str,
    read: Read,
    write: Write,
    types: Mapping[str, tuple[str, ...]],
    known: tuple[str, ...],
    guards: tuple[Guard, ...],
    first: tuple[Guard, ...] = (),
    template: Mapping[TemplateTool, str],
) -> Declared:
    """``types`` are the default logs by prefix of the engine's name, and ``known`` all that the option accepts.

    ``read`` keeps ``EngineVersion``, and ``write`` is the call without the logs. ``first`` are guards that are checked
    before the engine.
    """

    def engine(look: Look) -> str | None:
        return next((one for one in types if look["Engine"].startswith(one)), None)

    def wanted(look: Look) -> tuple[str, ...]:
        return tuple(look.options["types"] or types[engine(look) or ""])

    def can_be_sent(look: Look) -> bool:
        there = {name for one in look["exportable"] if one["engine"] == look["Engine"] for name in one["types"] or ()}
        return {*wanted(look)} - {*look[_SENT]} <= there

    def writes(what: str) -> Write:
        return replace(write, by={**write.by, "CloudwatchLogsExportConfiguration": {what: Value(_CHANGED)}})

    return _SendLogs(
        of=of,
        id=fix_id,
        title=f"Send the logs of {product} to CloudWatch Logs",
        disruption=Disruption.NONE,
        hazard="CloudWatch Logs charges for the logs, and statements in them can contain personal data.",
        undo_hazard="The logs are no longer sent; existing ones are kept.",
        reads=(replace(read, keep={**read.paths, **_LOGS}, sets=(_SENT,)), _EXPORTABLE),
        informs=("exportable",),
        options={
            "types": OptionSpec(
                schema={
                    "anyOf": [
                        {"type": "null"},
                        {
                            "type": "array",
                            "minItems": 1,
                            "uniqueItems": True,
                            "items": {"type": "string", "enum": list(known)},
                        },
                    ]
                },
                default=None,
                description="The logs to send. If null, the logs that the page names for the engine.",
            )
        },
        wanted={_SENT: Including(wanted)},
        guards=(
            *(replace(guard, first=True) for guard in first),
            Guard(
                holds=lambda look: engine(look) is not None,
                because=f"${{subject}} is of the engine ${{Engine}}; this is for {', '.join(types)}.",
                first=True,
            ),
            Guard(
                holds=one_of(_IN_PROGRESS, ""),
                because="The log exports of ${subject} are being changed: ${in_progress}.",
            ),
            Guard(
                holds=can_be_sent,
                because="${subject}, of ${Engine} ${EngineVersion}, cannot send all of these logs.",
            ),
            *guards,
        ),
        write=writes("EnableLogTypes"),
        back=writes("DisableLogTypes"),
        shows={"sent_before": lambda look: look[_SENT]},
        template=template,
    )
