"""Alert rules of people over HTTP."""
