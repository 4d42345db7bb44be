"""The built-in exchange: a real WebSocket and REST server that speaks a venue's protocol.

It replaces the venue on loopback, so tests and demos run the production adapter unchanged.
`server.run_exchange` serves one venue, `run_exchanges` several, whose coins have one price;
`served` wires the parts of a venue:

- `websocket`, `client`, `hub`: connections, their send queues and subscriptions;
- `rest`, `weights`: answers, errors and the weight limit;
- `source`: the interface of a market; `market` simulates one, `capture` replays a recorded one;
- `statistics`: what other clients ask of Binance: candles, tickers, funding, liquidations;
- `streamed`: venues that send the book on the stream (Bybit, OKX);
- `faults`: fault injection on demand;
- `control`: status and fault-injection endpoints for tests and drivers.
"""
