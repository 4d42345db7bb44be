"""How good the detection is, on labelled episodes and under transformations."""
