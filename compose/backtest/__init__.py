"""The engine over history: tapes, runs over them with other settings, and what those are worth."""
