"""Engines fed exactly once with the records of their partitions; never a rule of detection."""
