"""Fixtures that every test folder may use."""

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.support.second_run",
    "tests.support.servers.kafka",
    "tests.support.servers.state_folder",
    "tests.support.servers.clickhouse_server",
    "tests.support.servers.browser",
    "tests.support.servers.compose_file",
    "tests.support.markets.demo_data",
    "tests.support.servers.fake_grafana",
]

# How long an example takes says something about the machine, not about the property.
settings.register_profile("wallwatch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `make fuzz`: many examples in each round; the time is bounded by its runner.
settings.register_profile("fuzz", settings.get_profile("wallwatch"), max_examples=5_000)
settings.load_profile("wallwatch")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the soak: it takes longest, and the others run beside it."""
    items.sort(key=lambda item: item.get_closest_marker("soak") is None)
