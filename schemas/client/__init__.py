"""The typed client: what a running stack stores and publishes, as the models of `schemas`.

`AsyncClient` is for asyncio, `Client` the same for scripts and notebooks. Reading needs the page's
address, following the broker's; `wallwatch up` prints both. Everything that goes wrong is a
`ClientError`, which names the cure.
"""

from schemas.client.async_client import AsyncClient
from schemas.client.errors import ClientError
from schemas.client.sync_client import Client

__all__ = ["AsyncClient", "Client", "ClientError"]
