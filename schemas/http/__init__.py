"""Addresses, proxies and waits of HTTP, as every client of the project takes them."""
