"""The built-in exchange: a real WebSocket and REST server that speaks Binance USD-M's protocol.

It stands in for the venue on loopback, so that the adapter that is tested and demonstrated is the
one that runs in production. `server.run_exchange` puts the parts together:

- `websocket`, `client`, `hub`: connections, their queues, and who listens to what;
- `rest`, `weights`: answers, errors and the weight limit;
- `source`: what a market must offer; `market` simulates one, `capture` plays a recorded one;
- `faults`: disturbs what is sent, on demand;
- `control`: paths of our own for tests and drivers.
"""
