"""What the running services say about themselves over HTTP."""

from __future__ import annotations

from typing import Any, Final, Self

import aiohttp
from pydantic import ValidationError

from schemas.status import PipelineStatus

PIPELINE_PATH: Final = "/api/v1/pipeline/status"
EXCHANGE_PATH: Final = "/_exchange/status"
REQUEST_TIMEOUT_S: Final = 5.0


class StatusClient:
    """Reads status documents; a service that is just restarting has none."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
        )

    async def read(self, url: str) -> dict[str, Any] | None:
        """Return the JSON object at `url`, None where nobody answers."""
        try:
            async with self._session.get(url) as response:
                if response.status != 200:
                    return None
                document = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
        return document if isinstance(document, dict) else None

    async def pipeline(self, url: str) -> PipelineStatus | None:
        """Return a worker's status at `url`, None where nobody answers or it is no status."""
        document = await self.read(url)
        try:
            return None if document is None else PipelineStatus.model_validate(document)
        except ValidationError:
            return None

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Release the connections."""
        await self._session.close()
