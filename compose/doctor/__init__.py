"""Checks of this machine and of the servers it would use, each with a cure; never a repair."""
