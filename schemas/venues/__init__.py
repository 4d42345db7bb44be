"""What is known of each venue before it is asked: its name, addresses, limits, spelling of a coin.

A module describes the venues of one company (`VENUES`); `known` finds every module here.
"""
