"""All markets of a coin over HTTP: one ladder of their walls, and what they say together."""
