"""What verifying an account found, as people see it: pack by pack, fix by fix, and what to do."""

from __future__ import annotations

from collections import Counter

from cli import output
from cli.output import Style
from cli.verification import FixState, PackReport, RoleState, Verification

_EXTERNAL_ID = {True: "asked for", False: "NOT asked for", None: ""}


def print_verification(verification: Verification, *, plain: bool) -> None:
    """With ``plain`` only the table of the fixes, or of the packs where no fix could be seen."""
    fixes = [
        (fix.fix_id, fix.state.value, pack.service, ", ".join(fix.denied))
        for pack in verification.packs
        for fix in pack.fixes
    ]
    if not plain or not fixes:
        output.print_table(
            ("Pack", "Role", "External id", "Template", "Fixes"), map(_row, verification.packs), plain=plain
        )
    if fixes:
        if not plain:
            output.print_heading("What each fix could do")
        output.print_table(("Fix", "State", "Pack", "Denied"), fixes, plain=plain, fold=("Denied",))
    if plain:
        return
    for pack in verification.packs:
        if pack.problems:
            output.print_heading(f"{pack.service}: {pack.next_step}")
            for problem in pack.problems:
                output.say(f"  {problem}", Style.RED)
    for step in dict.fromkeys(pack.next_step for pack in verification.packs if pack.unknown and not pack.problems):
        output.say(f"\n{step}")
    if verification.unseen:
        output.say_aside(verification.unseen)
    if not verification.verdict:
        output.say("\nAll that is deployed and switched on could run.", Style.GREEN)


def _row(pack: PackReport) -> tuple[str, ...]:
    counted = Counter(fix.state for fix in pack.fixes)
    deployed = pack.role is not RoleState.NOT_DEPLOYED
    return (
        pack.service,
        pack.role.value,
        _EXTERNAL_ID[pack.wrong_external_id_refused],
        pack.template.value if deployed else "",
        ", ".join(f"{counted[state]} {state.value}" for state in FixState if counted[state]),
    )
