"""The live pages and the HTTP server behind them; never SQL of a panel."""
