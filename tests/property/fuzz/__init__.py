"""Parsers against inputs that nobody would send: refused, never a crash. Bounded in every run."""
