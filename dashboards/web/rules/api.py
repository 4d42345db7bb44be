"""Rules over HTTP: read, made, tried on history; what they fired, and judged right or wrong."""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import unquote

from aiohttp import web
from pydantic import BaseModel, Field, JsonValue, ValidationError

from dashboards.rules.journal import Judged, Mark
from dashboards.rules.preview import Preview, preview
from dashboards.rules.service import RuleService
from dashboards.rules.tape import TooMuchError
from dashboards.web.api.params import BadParameterError, Params, parse
from dashboards.web.api.routes import Route
from dashboards.web.http import json_response
from dashboards.web.rules.answers import (
    FiringAnswer,
    FiringsAnswer,
    GradesAnswer,
    PreviewAnswer,
    RuleAnswer,
    RulesAnswer,
    TimedText,
)
from dashboards.web.site import Site
from schemas.http.proxy import is_loopback
from schemas.settings import RuleSettings, explain
from schemas.units import HOUR_MS

EXAMPLE: Final[dict[str, JsonValue]] = {
    "name": "btc wall near",
    "on": "wall_approached",
    "symbols": ["BTCUSDT"],
    "min_usd": 5_000_000,
    "within_bps": 10,
}
BEARER: Final = "Bearer "
NEWEST: Final = 20
"""Moments that a preview shows."""
MOST_BODY: Final = 65_536
NEEDS_TOKEN: Final = (
    "this page is not on loopback: start it with WALLWATCH_WEB__TOKEN=SECRET (web.token) and send "
    "Authorization: Bearer SECRET"
)


class FiringsParams(Params):
    """Which alerts of rules."""

    after_id: int = Field(0, ge=0, description="Only alerts with a larger id")
    limit: int = Field(100, ge=1, le=1_000, description="Most alerts")


class PreviewParams(Params):
    """How far a preview looks back."""

    hours: float = Field(24.0, gt=0, le=168, description="Hours of the market up to its newest")


class RulesApi:
    """Handlers of /api/v1/alerts. Changes need the token where one is set; without one they are
    taken from this machine alone, and only from pages of ours."""

    def __init__(self, site: Site, service: RuleService) -> None:
        self._site = site
        self._service = service
        self._token = site.settings.web.token.get_secret_value()
        self._is_local = is_loopback(site.settings.web.host)

    def routes(self) -> list[Route]:
        """Return what is served."""
        base = "/api/v1/alerts"
        changes: dict[str, Any] = {"errors": (401, 403, 404, 409, 422), "secured": True}
        return [
            Route(f"{base}/rules", self.read, "Alert rules in force", answer=RulesAnswer),
            Route(
                f"{base}/rules/{{name}}",
                self.put,
                "Make or change a rule; the body is the rule",
                method="PUT",
                body=RuleSettings,
                example=EXAMPLE,
                answer=RuleSettings,
                **changes,
            ),
            Route(
                f"{base}/rules/{{name}}",
                self.drop,
                "Forget a rule that was made over the API",
                method="DELETE",
                **changes,
            ),
            Route(
                f"{base}/preview",
                self.preview,
                "How often a rule would have fired, and how that was graded; the body is the rule",
                params=PreviewParams,
                method="POST",
                body=RuleSettings,
                example=EXAMPLE,
                answer=PreviewAnswer,
                errors=(422,),
            ),
            Route(
                f"{base}/fired",
                self.fired,
                "What rules fired, the newest first",
                params=FiringsParams,
                answer=FiringsAnswer,
            ),
            Route(
                f"{base}/fired/{{id}}/mark",
                self.mark,
                'Judge an alert; the body is {"mark": "right" or "wrong" or null}',
                method="PUT",
                example={"mark": "right"},
                **changes,
            ),
        ]

    async def read(self, _: web.Request) -> web.Response:
        """Every rule with how often it fired and how people judged that."""
        judged = self._service.journal.judged()
        rules = [
            self._answer(rule, judged.get(rule.name, Judged()), is_configured=is_configured)
            for rule, is_configured in self._service.rules()
        ]
        reason = "" if self._token or self._is_local else NEEDS_TOKEN
        answer = RulesAnswer(
            rules=rules,
            channels=self._service.channels(),
            writable=not reason,
            read_only_reason=reason,
        )
        return _sent(answer)

    async def put(self, request: web.Request) -> web.Response:
        """Keep a rule; it begins with what happens from now on."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        name = unquote(request.match_info["name"])
        if self._is_configured(name):
            return _error(409, f"rule {name} stands in the settings: change it there")
        try:
            body = await _body(request)
            rule = _rule({**body, "name": body.get("name", name)})
            if rule.name != name:
                return _error(422, f"name: the rule is called {rule.name}, the address {name}")
            self._service.settings.check_channels(rule)
        except ValueError as error:
            return _error(422, str(error))
        self._service.journal.put(rule)
        return _sent(rule)

    async def drop(self, request: web.Request) -> web.Response:
        """Forget a rule; what it fired stays."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        name = unquote(request.match_info["name"])
        if self._is_configured(name):
            return _error(409, f"rule {name} stands in the settings: take it out there")
        if not self._service.journal.drop(name):
            known = [rule.name for rule, _ in self._service.rules()]
            raise BadParameterError("name", f"unknown rule {name}", known, status=404)
        return json_response({"forgotten": name})

    async def preview(self, request: web.Request) -> web.Response:
        """Drive the rule over what the store holds."""
        params = parse(PreviewParams, request.query)
        try:
            rule = _rule({"name": "preview", **await _body(request)})
            found = await preview(
                self._site.reader,
                rule,
                round(params.hours * HOUR_MS),
                self._site.settings.engine.ledger.horizons_ms,
            )
        except (ValueError, TooMuchError) as error:
            return _error(422, str(error))
        return _sent(preview_answer(rule, found))

    async def fired(self, request: web.Request) -> web.Response:
        """Alerts of rules with a larger id than one that is known."""
        params = parse(FiringsParams, request.query)
        kept = self._service.journal.firings(params.after_id, params.limit)
        return _sent(FiringsAnswer(firings=[FiringAnswer(**asdict(one)) for one in kept]))

    async def mark(self, request: web.Request) -> web.Response:
        """Keep what a person says of an alert."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        try:
            given = (await _body(request)).get("mark")
            mark = None if given is None else Mark(given)
        except ValueError:
            return _error(422, 'the body must be {"mark": "right"}, {"mark": "wrong"} or null')
        name = request.match_info["id"]
        is_number = name.isdecimal() and len(name) <= 18
        if not is_number or not self._service.journal.mark(int(name), mark):
            raise BadParameterError(
                "id", f"unknown alert {name}", "an id of /api/v1/alerts/fired", 404
            )
        return json_response({"id": int(name), "mark": mark})

    def _answer(self, rule: RuleSettings, judged: Judged, *, is_configured: bool) -> RuleAnswer:
        return RuleAnswer(
            rule=rule,
            is_configured=is_configured,
            fired=judged.fired,
            held_back=self._service.held_back(rule.name),
            right=judged.right,
            wrong=judged.wrong,
            precision=judged.precision,
        )

    def _is_configured(self, name: str) -> bool:
        return any(rule.name == name for rule in self._service.settings.rules)

    def _refusal(self, request: web.Request) -> web.Response | None:
        if self._token:
            given = request.headers.get("Authorization", "")
            if not hmac.compare_digest(given.encode(), (BEARER + self._token).encode()):
                return _error(401, "the header Authorization must be Bearer with web.token")
            return None
        if not self._is_local:
            return _error(403, NEEDS_TOKEN)
        # A page of somebody else's in the same browser reaches loopback, too.
        if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            return _error(403, "changes are taken from this page alone")
        return None


def preview_answer(rule: RuleSettings, found: Preview) -> PreviewAnswer:
    """Return a preview as the API gives it."""
    hours = (found.to_ms - found.from_ms) / HOUR_MS
    return PreviewAnswer(
        rule=rule.name,
        from_ms=found.from_ms,
        to_ms=found.to_ms,
        fired=len(found.firings),
        held_back=found.held_back,
        per_hour=len(found.firings) / hours if hours > 0 else 0.0,
        grades=GradesAnswer(**asdict(found.grades)),
        newest=[
            TimedText(
                time_ms=firing.time_ms,
                venue=firing.venue,
                symbol=firing.symbol,
                text=firing.text,
                order_id=firing.order_id,
            )
            for firing in found.firings[: -NEWEST - 1 : -1]
        ],
    )


def _rule(document: dict[str, Any]) -> RuleSettings:
    """Return a rule of JSON values. Raises ValueError with one line a wrong value."""
    try:
        return RuleSettings.model_validate(document)
    except ValidationError as error:
        raise ValueError(explain(error)) from None


async def _body(request: web.Request) -> dict[str, Any]:
    """Return a JSON object. Raises ValueError."""
    if request.content_type != "application/json":
        # What another page's form can send without being asked is no JSON.
        raise ValueError("the header Content-Type must be application/json")
    raw = await request.content.read(MOST_BODY + 1)
    if len(raw) > MOST_BODY:
        raise ValueError(f"the body must be at most {MOST_BODY} bytes")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("the body must be JSON") from None
    if not isinstance(document, dict):
        raise ValueError("the body must be a JSON object")
    return document


def _sent(answer: BaseModel) -> web.Response:
    return json_response(answer.model_dump(mode="json"))


def _error(status: int, text: str) -> web.Response:
    return json_response({"error": text}, status=status)
