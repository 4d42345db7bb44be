"""The SQL interface with real clients, against the engine and beside a real server."""
