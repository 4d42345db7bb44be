"""How every Kafka client connects: addresses, encryption and the user, from the settings."""

from __future__ import annotations

import ssl
from typing import Any

from schemas.kafka.client_internals import take_fast_lz4, tell_every_code
from schemas.settings import KafkaSettings, SettingsError


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return the keyword arguments that an aiokafka client needs to connect.

    Raises SettingsError where the file of the certificate authority cannot be used.
    """
    tell_every_code()
    take_fast_lz4()
    options: dict[str, Any] = {
        "bootstrap_servers": settings.brokers,
        "security_protocol": settings.security_protocol,
    }
    if settings.uses_tls:
        options["ssl_context"] = tls_context(settings)
    if settings.uses_sasl:
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.username
        options["sasl_plain_password"] = settings.password.get_secret_value()
    return options


def tls_context(settings: KafkaSettings) -> ssl.SSLContext:
    """Return a context that checks the broker's name and certificate. Raises SettingsError."""
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"setting kafka.ca_file: {settings.ca_file}: {reason}") from None
