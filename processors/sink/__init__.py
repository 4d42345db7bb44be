"""Topics to ClickHouse: rows in batches, then the positions up to which they were written.

`sink.ClickHouseSink` is the whole of it for its caller.
"""
