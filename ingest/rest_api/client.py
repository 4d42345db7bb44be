"""The REST client: every request waits for its turn within the weight budget."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

import aiohttp
import msgspec

from ingest.errors import UNREADABLE
from ingest.rest_api.ban_file import BanFile
from ingest.rest_api.body import BodyError, read_body
from ingest.rest_api.budget import WeightBudget
from ingest.rest_api.queue import Priority, RestQueue
from ingest.venues.rest_rules import RestRequest
from schemas.http.proxy import proxy_of
from schemas.http.retry_after import retry_after_s

logger = logging.getLogger(__name__)

MAX_WEIGHT: Final = 1e6
MAX_PAUSE_S: Final = 3 * 86_400.0
"""The venue's longest ban."""
FORBIDDEN: Final = 403
"""The venue's firewall: a limit not counted in weight, or a block; continuing prolongs it."""
TOO_MANY_REQUESTS: Final = 429
BANNED: Final = 418
REDIRECT: Final = 300
"""Never followed: the answer of another host is not the venue's."""
CLIENT_ERROR: Final = 400
SERVER_ERROR: Final = 500


class RestError(Exception):
    """A request failed; a later retry may succeed."""


class RestRefusedError(RestError):
    """The venue refuses the request itself; a retry is useless."""


class _Refusal(msgspec.Struct):
    code: int = 0
    msg: str = ""


class RestClient:
    """GET requests to one venue. The caller owns and closes the session."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        budget: WeightBudget,
        weight_header: str,
        timeout_s: float,
        bans: BanFile,
        closed_s: Mapping[int, float] | None = None,
    ) -> None:
        """`closed_s`: HTTP status -> how long no request may follow where the answer does not say,
        s; the budget's own times for the others."""
        self._closed_s = closed_s or {}
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._proxy = proxy_of(base_url)
        self._budget = budget
        self._weight_header = weight_header
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._bans = bans
        self._queue = RestQueue(budget)
        self._clock = asyncio.get_running_loop().time
        self.http_403 = 0
        self.http_429 = 0
        self.http_418 = 0
        self.weight_reported_max = 0
        """Largest weight of a minute reported by the venue."""
        self._weight_unread = False
        """Whether it was told that the venue's weight cannot be read; once is enough."""

    async def get(
        self,
        request: RestRequest,
        on_send: Callable[[], None] | None = None,
        priority: Priority = Priority.LISTING,
        rank: int = 0,
        *,
        failed_before: bool = False,
    ) -> bytes:
        """Return the body of the answer.

        Waits for its turn; `on_send` is called when the request is sent, `rank` orders requests of
        one priority, `failed_before` says that this one failed the last time. Raises RestError,
        RestRefusedError where a retry is useless.
        """
        turn = self._queue.turn(request.weight, priority, rank, failed_before=failed_before)
        async with turn:
            if on_send is not None:
                on_send()
            return await self._get(request)

    async def _get(self, request: RestRequest) -> bytes:
        try:
            async with self._session.get(
                self._base_url + request.path,
                params=request.params,
                timeout=self._timeout,
                allow_redirects=False,
                auto_decompress=False,
                headers={"Accept-Encoding": "gzip, deflate"},
                proxy=self._proxy,
            ) as answer:
                # Before the body, which may be slow: waiting requests need the new limits.
                self._obey(answer.status, answer.headers)
                body = await read_body(answer)
        except BodyError as error:
            raise RestError(f"{request.path}: {error}") from None
        except TimeoutError:
            raise RestError(f"{request.path}: no answer in {self._timeout.total:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise RestError(f"{request.path}: {error}") from None
        if REDIRECT <= answer.status < CLIENT_ERROR:
            place = answer.headers.get("Location", "nowhere")[:200]
            raise RestError(f"{request.path}: HTTP {answer.status}: redirect to {place} refused")
        if answer.status < CLIENT_ERROR:
            return body
        raise self._error(request, answer.status, body)

    def _obey(self, status: int, headers: Mapping[str, str]) -> None:
        """Update the budget from the answer's status and headers."""
        now_s = self._clock()
        if self._weight_header:
            self._count_weight(headers.get(self._weight_header), now_s)
        stated = headers.get("Retry-After")
        pause_s = retry_after_s(stated, time.time())
        if pause_s is not None:
            pause_s = min(MAX_PAUSE_S, pause_s)
        told_s, pause_s = pause_s, self._closed_s.get(status) if pause_s is None else pause_s
        if status == TOO_MANY_REQUESTS:
            self.http_429 += 1
            self._budget.throttled(pause_s, now_s)
        elif status == FORBIDDEN:
            self.http_403 += 1
            self._budget.throttled(pause_s, now_s)
        elif status == BANNED:
            self.http_418 += 1
            self._budget.banned(pause_s, now_s)
        else:
            if status < REDIRECT:
                self._budget.answered()
            return
        if stated is not None and told_s is None:
            logger.warning("Retry-After %.60r states no wait: the default is taken", stated)
        closed_s = self._budget.closed_s(now_s)
        logger.warning("the venue answered %d: no REST request for %.0f s", status, closed_s)
        self._bans.write(closed_s)

    def _count_weight(self, stated: str | None, now_s: float) -> None:
        used = _weight(stated)
        if used is not None:
            self.weight_reported_max = max(self.weight_reported_max, used)
            self._budget.reported(used, now_s)
        elif stated is not None and not self._weight_unread:
            self._weight_unread = True
            logger.warning(
                "%s %.60r is no weight: what others use of the limit is not counted while it is so",
                self._weight_header,
                stated,
            )

    def _error(self, request: RestRequest, status: int, body: bytes) -> RestError:
        try:
            refusal = msgspec.json.decode(body, type=_Refusal)
            reason = f"{refusal.msg} (code {refusal.code})"
        except UNREADABLE:
            reason = _phrase(status)
        text = f"{request.path}: HTTP {status}: {reason}"
        retriable = status in (FORBIDDEN, TOO_MANY_REQUESTS, BANNED) or status >= SERVER_ERROR
        return RestError(text) if retriable else RestRefusedError(text)


def _phrase(status: int) -> str:
    """Return the meaning of a status where the answer has no message."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _weight(text: str | None) -> int | None:
    """Return the weight that a header states, 0 to MAX_WEIGHT; None where it states none."""
    try:
        number = math.nan if text is None else float(text)
    except ValueError:
        return None
    return int(min(MAX_WEIGHT, max(0.0, number))) if math.isfinite(number) else None
