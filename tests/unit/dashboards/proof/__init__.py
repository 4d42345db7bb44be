"""The judgement of outcomes."""
