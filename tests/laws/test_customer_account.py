"""The account in moto is the only one that the laws can reach."""

from __future__ import annotations

import pytest
from moto import mock_aws

from tests.laws.customer_account import NotInMoto, client


def test_a_client_calls_moto_and_outside_of_it_nobody() -> None:
    with mock_aws():
        assert client("route53").list_hosted_zones()["HostedZones"] == []
    with pytest.raises(NotInMoto, match=r"https://route53\.amazonaws\.com/"):
        client("route53").list_hosted_zones()
