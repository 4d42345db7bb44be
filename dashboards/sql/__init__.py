"""SQL to the embedded store, read-only: a statement is checked, run, and answered over HTTP."""
