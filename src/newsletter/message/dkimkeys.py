"""Keys for DKIM: made, read from PEM, and used; the only module that knows `cryptography`.

RSA because all verify it, Ed25519 (RFC 8463) because it is small and quick. What cannot be used is
refused with a ValueError whose sentence follows the name of the file.
"""

import base64
import functools
from collections.abc import Callable
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from newsletter.message.dkim import SigningKey

_BITS = 2048
_MOST_BITS = 4096
_PADDING = padding.PKCS1v15()
_DIGEST = Prehashed(hashes.SHA256())


class KeyKind(StrEnum):
    """What a key is, as its record in the DNS says it."""

    RSA = "rsa"
    ED25519 = "ed25519"


def make_key(kind: KeyKind) -> str:
    """Return a new private key, as PEM without a password."""
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
        if kind is KeyKind.RSA
        else ed25519.Ed25519PrivateKey.generate()
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def read_key(pem: bytes, kind: KeyKind, selector: str) -> SigningKey:
    """Return the private key in `pem`; raises ValueError when it is not a `kind` that may sign."""
    key = _load(pem)
    if kind is KeyKind.RSA and isinstance(key, rsa.RSAPrivateKey):
        return _rsa(key, selector)
    if kind is KeyKind.ED25519 and isinstance(key, ed25519.Ed25519PrivateKey):
        public = key.public_key().public_bytes_raw()
        # RFC 8463 3: the signature is of the SHA-256 digest, not of what was hashed.
        return _signing_key(kind, selector, public, key.sign)
    found = type(key).__name__.removesuffix("PrivateKey")
    wanted = "RSA" if kind is KeyKind.RSA else "Ed25519"
    raise ValueError(f"holds a private key of the kind {found}, but here {wanted} is needed")


def _load(pem: bytes) -> object:
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError("is locked with a password, and nobody is there to type it") from None
    except (ValueError, UnsupportedAlgorithm):
        if b"PUBLIC KEY-----" in pem:
            raise ValueError("holds a public key, but the private one is needed") from None
        raise ValueError(
            "is not a private key in PEM (that begins with -----BEGIN PRIVATE KEY-----)"
        ) from None


def _rsa(key: rsa.RSAPrivateKey, selector: str) -> SigningKey:
    bits = key.key_size
    if bits < _BITS:
        raise ValueError(f"has only {bits} bits, but an RSA key needs at least {_BITS}")
    if bits > _MOST_BITS:  # RFC 8301 3.2: no verifier has to take more
        raise ValueError(f"has {bits} bits, but many verify no more than {_MOST_BITS}")
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    sign = functools.partial(key.sign, padding=_PADDING, algorithm=_DIGEST)
    return _signing_key(KeyKind.RSA, selector, public, sign)


def _signing_key(
    kind: KeyKind, selector: str, public: bytes, sign: Callable[[bytes], bytes]
) -> SigningKey:
    record = f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"
    return SigningKey(f"{kind}-sha256", selector, record, sign)
