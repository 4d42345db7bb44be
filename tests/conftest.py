"""Fixtures that every test folder may use."""

from importlib.util import find_spec

pytest_plugins = [
    name
    for name in (
        "tests.support.kafka",
        "tests.support.state_folder",
        "tests.support.clickhouse_server",
        "tests.support.browser",
        "tests.support.compose_file",
        "tests.support.demo_data",
        "tests.support.fake_grafana",
    )
    if find_spec(name) is not None
]
