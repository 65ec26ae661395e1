"""Accounts, days and times as people write them after an option."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from cli.errors import Unusable

LONGEST_DAYS = 366
"""How many days of the audit trail may be asked for by nothing else: each is one query."""


def parse_account_id(text: str, option: str) -> str:
    """Raises ``Unusable`` for anything but 12 digits."""
    if re.fullmatch(r"[0-9]{12}", text) is None:
        raise Unusable(f"{option} {text!r} is not an AWS account id: 12 digits, without spaces or hyphens.")
    return text


def parse_day(text: str, option: str) -> date:
    """Raises ``Unusable`` for what is not a day."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unusable(f"{option} {text!r} is not a day; use a form like 2026-03-14.") from error


def parse_since(text: str) -> datetime:
    """The time in UTC from which ``--since`` means everything. Raises ``Unusable`` for neither a day nor a time."""
    return _parse_moment(text, "--since", after_a_day=timedelta())


def parse_until(text: str, option: str = "--until") -> datetime:
    """The time in UTC before which the option means everything: of a day, its end. Raises as ``parse_since`` does."""
    return _parse_moment(text, option, after_a_day=timedelta(days=1))


def check_reach(since: datetime, until: datetime, *, narrowing: str) -> None:
    """Raises ``Unusable`` if there are too many days between two times; ``narrowing`` names the options to add."""
    if (until - since).days > LONGEST_DAYS:
        raise Unusable(
            f"--since {since.date().isoformat()} reaches back more than {LONGEST_DAYS} days: add {narrowing}."
        )


def _parse_moment(text: str, option: str, *, after_a_day: timedelta) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        return moment + after_a_day if _is_day(text) else moment
    except (ValueError, OverflowError) as error:
        raise Unusable(
            f"{option} {text!r} is neither a day nor a time; use a form like 2026-03-14 or 2026-03-14T08:00:00Z."
        ) from error


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
