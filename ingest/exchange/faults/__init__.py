"""Faults on demand: what real venues do to their clients, one small piece each.

- `seam`: where the servers let a fault change what they send;
- `base`: what every fault has in common: when it starts, whom it hits, when it is over;
- `frames`, `clock`, `snapshots`, `limits`, `connections`, `market`: the faults;
- `scenario`: a list of faults as a TOML or JSON document;
- `injector`: carries scenarios out.
"""

from ingest.exchange.faults.seam import Faults, NoFaults, RestCall, RestReply

__all__ = ["Faults", "NoFaults", "RestCall", "RestReply"]
