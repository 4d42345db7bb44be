"""The built-in exchange: a real WebSocket and REST server that speaks Binance USD-M's protocol.

It replaces the venue on loopback, so tests and demos run the production adapter unchanged.
`server.run_exchange` wires the parts:

- `websocket`, `client`, `hub`: connections, their send queues and subscriptions;
- `rest`, `weights`: answers, errors and the weight limit;
- `source`: the interface of a market; `market` simulates one, `capture` replays a recorded one;
- `faults`: fault injection on demand;
- `control`: status and fault-injection endpoints for tests and drivers.
"""
