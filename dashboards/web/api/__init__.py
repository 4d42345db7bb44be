"""The HTTP API: routes, parameters and handlers by subject; never page layout."""
