"""The app that builds an environment's stacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import app
from infra.yaml_document import ConfigurationInvalid


def test_an_unknown_environment_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"'prod' is not an environment; .* dev, local, production, staging"):
        app.build("prod")


def test_a_forgotten_environment_is_one_sentence_and_needs_no_environment_variable() -> None:
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=app.REPOSITORY,
        # Nothing of AWS, and no HOME to find it in. Only what finds Node.js.
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "No environment is set; give -c env=NAME with one of: dev, local, production, staging"
    )


def test_the_cdk_command_line_starts_this_app_and_reports_nothing_to_aws() -> None:
    settings = json.loads((app.REPOSITORY / "cdk.json").read_text(encoding="utf-8"))
    assert settings["app"] == "python app.py"
    assert settings["versionReporting"] is False
