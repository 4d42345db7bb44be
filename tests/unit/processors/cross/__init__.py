"""The cross engine on scenes of a few seconds."""
