"""How the worker is: status, metrics, probes, lags; never a signal."""
