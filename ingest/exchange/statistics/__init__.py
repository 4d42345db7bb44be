"""What the venue tells of a market besides book and trades: candles, a day's figures, funding,
open interest over time, liquidations; as REST answers and as streams, those of all markets
together included. wallwatch itself reads none of it: other clients do."""
