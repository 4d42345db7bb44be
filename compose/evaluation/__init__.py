"""Ground truth for the detection: labelled episodes, the detectors judged by them, a report."""
