"""From the words of `--broker` to a broker."""

from pathlib import Path

from compose.brokers.apache import ApacheBroker
from compose.brokers.base import Broker, Say
from compose.brokers.external import ExternalBroker
from compose.brokers.noida import NoidaBroker
from schemas.settings import KafkaSettings

NOIDA = "noida"
APACHE = "apache"


def choose_broker(
    choice: str, data_dir: Path, log_dir: Path, say: Say, kafka: KafkaSettings | None = None
) -> Broker:
    """Return the broker for `noida`, `apache` or HOST:PORT. Raises UsageError.

    `kafka` tells how to connect to somebody else's.
    """
    if choice == NOIDA:
        return NoidaBroker(data_dir / "noida", log_dir)
    if choice == APACHE:
        return ApacheBroker(data_dir / "apache", log_dir, say)
    return ExternalBroker(choice, kafka)


def check_choice(choice: str) -> None:
    """Raise UsageError for what `choose_broker` would refuse, before anything is made."""
    if choice not in (NOIDA, APACHE):
        ExternalBroker(choice)
