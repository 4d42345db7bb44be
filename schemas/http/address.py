"""What counts as the address of an HTTP server."""

from urllib.parse import urlsplit


def is_http_address(text: str) -> bool:
    """Tell whether a text is http:// or https:// with a host, and with a port that may be one."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # Of brackets or of a port that is no port number.
        return False
