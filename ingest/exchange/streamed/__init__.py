"""Venues that send the book on the stream (Bybit, OKX): their requests, frames and listings.

Inside the exchange a stream has the name that it has on Binance, so faults concern it alike.
"""
