"""The Faust workers: engines fed exactly once, signals out, rows into ClickHouse."""
