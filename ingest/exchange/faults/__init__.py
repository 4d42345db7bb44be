"""Fault injection: failures seen on real venues, one class each.

- `seam`: the hook where faults intercept frames and answers;
- `base`: what faults share: start, streams affected, end;
- `frames`, `clock`, `snapshots`, `limits`, `connections`, `market`: the faults;
- `scenario`: a list of faults as a TOML or JSON document;
- `injector`: runs scenarios.
"""

from ingest.exchange.faults.seam import Faults, NoFaults, RestCall, RestReply

__all__ = ["Faults", "NoFaults", "RestCall", "RestReply"]
