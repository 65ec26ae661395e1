"""Drives a Chromium that is installed on this machine: nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find_chromium() -> str | None:
    """Where it is; ``None`` if there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def headless_chromium(executable: str) -> Iterator[Browser]:
    """Without a window, and without the services that a browser talks to by itself."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where a browser is wanted

    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            chromium_sandbox=not as_root,  # for root it has none
            args=["--disable-background-networking", "--disable-dev-shm-usage"],
        )
        try:
            yield browser
        finally:
            browser.close()
