"""Signatures of others, verified; with `message/dkimkeys.py` all that knows `cryptography`.

What cannot be used as a key or as a certificate is refused with a ValueError whose sentence follows
the name of where it came from. A signature that is not one does not hold, and is no error.
"""

import base64
import datetime
from collections.abc import Callable
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

Digest = Literal["sha1", "sha256"]
Verifier = Callable[[bytes, bytes, Digest], bool]
"""Whether a signature holds for what was signed, with a digest."""

_DIGESTS: dict[Digest, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 (what Amazon SNS signs with where nobody chose otherwise)
    "sha256": hashes.SHA256(),
}


def rsa_verifier(certificate: bytes, at: datetime.datetime) -> Verifier:
    """Return who verifies by the RSA key of a certificate in PEM, if that is in force `at`.

    Who issued the certificate is not looked at: where it comes from has to vouch for it.
    """
    try:
        found = x509.load_pem_x509_certificate(certificate)
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is not a certificate in PEM") from None
    if not found.not_valid_before_utc <= at <= found.not_valid_after_utc:
        raise ValueError(f"is not in force: it ended on {found.not_valid_after_utc:%Y-%m-%d}")
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("holds no RSA key")

    def verify(signature: bytes, signed: bytes, digest: Digest) -> bool:
        try:
            key.verify(signature, signed, padding.PKCS1v15(), _DIGESTS[digest])
        except (InvalidSignature, UnsupportedAlgorithm):
            return False
        return True

    return verify


def ecdsa_verifier(public_key: str) -> Verifier:
    """Return who verifies by a public key on an elliptic curve: base64, as providers show it."""
    try:
        key = serialization.load_der_public_key(base64.b64decode(public_key, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is not a public key in base64") from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("is not a key on an elliptic curve (ECDSA)")

    def verify(signature: bytes, signed: bytes, digest: Digest) -> bool:
        try:
            key.verify(signature, signed, ec.ECDSA(_DIGESTS[digest]))
        except (InvalidSignature, UnsupportedAlgorithm):
            return False
        return True

    return verify
