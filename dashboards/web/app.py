"""The live pages and the HTTP API, put together."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from dashboards.rules.service import RuleService
from dashboards.web.api.health import HealthApi
from dashboards.web.api.macro import MacroApi
from dashboards.web.api.max_loss import MaxLossApi
from dashboards.web.api.openapi import OpenApi
from dashboards.web.api.orders import OrdersApi
from dashboards.web.api.panels import PanelsApi
from dashboards.web.api.proof import ProofApi
from dashboards.web.api.routes import register
from dashboards.web.api.settings import SettingsApi
from dashboards.web.api.settings_control import SettingsControl
from dashboards.web.api.smart_money import SmartMoneyApi
from dashboards.web.api.sql import SqlApi
from dashboards.web.http import add_headers, errors_as_json
from dashboards.web.live import Live
from dashboards.web.markets.api import MarketsApi
from dashboards.web.pages import add_pages
from dashboards.web.rebinding import host_check
from dashboards.web.rules.api import RulesApi
from dashboards.web.site import Site, StatusSource
from schemas.settings import Settings

RULES: Final = web.AppKey("rules", RuleService)
"""The alert rules that an application watches."""


def create_app(
    settings: Settings, pipeline_status: StatusSource, control: SettingsControl | None = None
) -> web.Application:
    """Return the application; it reads the store with clients of its own.

    `pipeline_status` returns the pipeline's report about itself as JSON values; `control` keeps
    changes of engine settings, without it they are read alone. Alerts are told to
    the webhook of `settings.notify`, if there is one, and rules are watched, while it runs.
    """
    site = Site(settings, pipeline_status)
    health, smart_money = HealthApi(site), SmartMoneyApi(site)
    changes = SettingsApi(site, control)
    sql = SqlApi(settings)
    markets = MarketsApi(site)
    live = Live(site, health, smart_money, markets)
    api = OpenApi(
        [
            *OrdersApi(site).routes(),
            *PanelsApi(site).routes(),
            *smart_money.routes(),
            *markets.routes(),
            *ProofApi(site).routes(),
            *MacroApi(site).routes(),
            *health.routes(),
            *MaxLossApi(changes).routes(),
            *changes.routes(),
            *RulesApi(site, site.rules).routes(),
            *live.routes(),
            *sql.routes(),
        ],
        settings.kafka,
    )

    async def start(_: web.Application) -> None:
        site.notifier.start()
        site.rules.start()

    async def close(_: web.Application) -> None:
        await site.notifier.stop()
        await site.rules.stop()
        await site.reader.close()

    app = web.Application(middlewares=[host_check(settings.web.allowed_hosts), errors_as_json])
    app[RULES] = site.rules
    app.on_response_prepare.append(add_headers)
    app.on_startup.extend([health.start, start])
    app.on_shutdown.extend([live.end, sql.close])
    app.on_cleanup.extend([health.stop, close])
    register(app, api.routes)
    add_pages(app)
    return app
