"""Parts against real servers: brokers, ClickHouse, browsers, the built-in exchange."""
