"""Binance's markets: USD-M and COIN-M futures, spot."""
