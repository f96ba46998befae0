"""Whom we believe when a server says who it is."""

import ssl


def secure_context() -> ssl.SSLContext:
    """Return a context that trusts the system's certificates and knows nothing below TLS 1.2.

    Those of the system, or those named by SSL_CERT_FILE. What the system takes for the lowest
    version is its own affair: Debian's Python sets none.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
