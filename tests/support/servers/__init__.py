"""Real servers for the tests: brokers, ClickHouse, browsers, a strict Grafana."""
