"""Fixtures that every test folder may use."""

from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    name
    for name in (
        "tests.support.servers.kafka",
        "tests.support.servers.state_folder",
        "tests.support.servers.clickhouse_server",
        "tests.support.servers.browser",
        "tests.support.servers.compose_file",
        "tests.support.markets.demo_data",
        "tests.support.servers.fake_grafana",
    )
    if find_spec(name) is not None
]

# How long an example takes says something about the machine, not about the property.
settings.register_profile("wallwatch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("wallwatch")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the soak: it takes longest, and the others run beside it."""
    items.sort(key=lambda item: item.get_closest_marker("soak") is None)
