from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def nobody_s_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches an account, a profile or a setting of the machine it runs on."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "PLATFORMKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "platform-secret")
