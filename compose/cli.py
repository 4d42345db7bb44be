"""The `wallwatch` command."""

from __future__ import annotations

import importlib
import sys
from typing import Final, NoReturn

import click

from compose.errors import INTERRUPTED_EXIT_CODE, UserError
from compose.logs import quiet_libraries
from compose.time_zone import settle_time_zone
from schemas.kafka.errors import TopicError
from schemas.settings import SettingsError

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "up": ("compose.commands.up", "Run the whole pipeline on this machine (start here)."),
    "replay": ("compose.commands.replay", "Run the engine alone over a capture file."),
    "record": ("compose.commands.record", "Write a venue's frames to a capture file."),
    "evaluate": ("compose.commands.evaluate", "Measure the detection on labelled episodes."),
    "evaluate-cross": (
        "compose.evaluation.cross.command",
        "Measure what several markets together tell.",
    ),
    "scorecard": ("compose.commands.scorecard", "Grade every reading by the price that followed."),
    "backtest": ("compose.commands.backtest", "Run the engine over history with other settings."),
    "learn": ("compose.learn.command", "Learn which large orders get filled, which pulled."),
    "doctor": (
        "compose.commands.doctor",
        "Check machine, broker, store and venue; name the cures.",
    ),
    "watch": ("compose.commands.watch", "Start and stop symbols without a restart."),
    "settings": ("compose.commands.settings", "Change engine settings without a restart."),
    "alerts": ("compose.alerts.command", "Try alert rules of your own on history."),
    "dashboards": ("compose.commands.dashboards", "Build or publish the Grafana boards."),
    "sql": ("compose.asking.sql", "Ask the store in SQL while it runs."),
    "export": ("compose.asking.export", "Write a view of the store to a Parquet file."),
    "mcp": ("compose.asking.agents.command", "Let agents ask a running page (MCP over stdio)."),
    "topics": ("compose.commands.topics", "Show or create the Kafka topics."),
    "ingest": ("compose.commands.ingest", "Service: a venue's frames to Kafka."),
    "worker": ("compose.commands.worker", "Service: engine, ClickHouse sink and web page."),
    "web": ("compose.commands.web", "Service: pages and API without an engine."),
    "exchange": ("compose.commands.exchange", "Service: the built-in exchange on loopback."),
}
"""Name: (module that defines it as `command`, one line of help)."""


class LazyGroup(click.Group):
    """Loads a subcommand's module when it is called: the services import much, `--help` nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand, None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name][0]} defines no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of subcommands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wallwatch")
def cli() -> None:
    """Follow large resting orders in the order books of crypto perpetuals.

    wallwatch tells a lure from a defence from a sweep, and says so on Kafka topics, in ClickHouse
    and on a live page.

    \b
    wallwatch up                          a simulated market, everything on this machine
    wallwatch up --live                   the real venue
    wallwatch up --replay FILE --speed 20 a capture file through the whole pipeline
    wallwatch replay FILE --out x.ndjson  the engine alone, no Kafka
    wallwatch doctor                      what may be wrong here, and the cure

    Settings come from flags, WALLWATCH_* variables (WALLWATCH_KAFKA__BROKERS=host:9092) and a TOML
    file (--config), in this precedence.
    """


def main() -> NoReturn:
    """Run the command; every mistake of a user ends in one line on stderr."""
    quiet_libraries()
    if told := settle_time_zone():
        click.echo(f"wallwatch: {told}", err=True)
    try:
        code = cli.main(prog_name="wallwatch", standalone_mode=False)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "wallwatch"
        _fail(f"{error.format_message()} (see {path} --help)", error.exit_code)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except click.Abort:
        sys.exit(INTERRUPTED_EXIT_CODE)
    except UserError as error:
        _fail(str(error), error.exit_code)
    except (SettingsError, TopicError) as error:
        _fail(str(error), 1)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"wallwatch: {message}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
