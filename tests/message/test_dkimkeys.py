"""Keys: what may sign is read, what may not is refused in words; records are what a DNS takes."""

import base64

import dns.zone
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from newsletter.message.dkim import DnsRecord, Signer
from newsletter.message.dkimkeys import KeyKind, make_key, read_key
from tests.message.signing import pem, signer

PLAIN = serialization.NoEncryption()
PKCS8 = serialization.PrivateFormat.PKCS8
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def written(
    key: Private,
    form: serialization.PrivateFormat = PKCS8,
    lock: serialization.KeySerializationEncryption = PLAIN,
) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, form, lock)


def too_large() -> rsa.RSAPrivateKey:
    """Return a key of 4484 bits; two Mersenne primes spare the search."""
    p, q, e = 2**2281 - 1, 2**2203 - 1, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    dmp1, dmq1, iqmp = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, dmp1, dmq1, iqmp, public).private_key()


@pytest.mark.parametrize("kind", KeyKind)
def test_a_new_key_signs(kind: KeyKind) -> None:
    one, two = make_key(kind), make_key(kind)
    assert one != two
    key = read_key(one.encode(), kind, "spring")
    assert (key.algorithm, key.selector) == (f"{kind}-sha256", "spring")
    assert key.sign(bytes(32)) != key.sign(bytes(31) + b"1")
    assert "PRIVATE" not in repr(key)


def test_a_key_in_the_older_form_signs_too() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    new, old = (read_key(written(key, form), KeyKind.RSA, "x") for form in (PKCS8, PKCS1))
    assert new.record == old.record
    assert new.sign(bytes(32)) == old.sign(bytes(32))


def test_the_record_of_an_ed25519_key_is_that_of_the_standard() -> None:  # RFC 8463 A.2
    secret = base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    key = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    assert (
        read_key(written(key), KeyKind.ED25519, "brisbane").record
        == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    )


@pytest.mark.parametrize(
    ("key", "kind", "fault"),
    [
        (b"", KeyKind.RSA, "is not a private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", KeyKind.RSA, "is not"),
        ("ключ".encode(), KeyKind.ED25519, "is not a private key in PEM"),
        (pem(KeyKind.RSA), KeyKind.ED25519, "of the kind RSA, but here Ed25519 is needed"),
        (pem(KeyKind.ED25519), KeyKind.RSA, "of the kind Ed25519, but here RSA is needed"),
        (written(ec.generate_private_key(ec.SECP256R1())), KeyKind.RSA, "of the kind EC"),
        (
            written(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
            KeyKind.RSA,
            "has only 1024 bits, but an RSA key needs at least 2048",
        ),
        (written(too_large()), KeyKind.RSA, "has 4484 bits, but many verify no more than 4096"),
        (
            written(
                ed25519.Ed25519PrivateKey.generate(),
                lock=serialization.BestAvailableEncryption(b"secret"),
            ),
            KeyKind.ED25519,
            "is locked with a password",
        ),
        (
            ed25519.Ed25519PrivateKey.generate()
            .public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
            KeyKind.ED25519,
            "holds a public key, but the private one is needed",
        ),
    ],
    ids=[
        *("nothing", "damaged", "words", "not Ed25519", "not RSA", "elliptic", "small", "large"),
        *("locked", "public"),
    ],
)
def test_what_may_not_sign_is_refused_in_words(key: bytes, kind: KeyKind, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_key(key, kind, "x")


def strings(record: DnsRecord) -> list[bytes]:
    """Return the strings of a record as a DNS server reads them from a zone file."""
    start = "@ IN SOA ns hostmaster 1 1 1 1 1\n@ IN NS ns\nns IN A 192.0.2.1\n"
    zone = dns.zone.from_text(f"{start}{record.zone_lines}\n", origin="example.org")
    (found,) = zone.find_rdataset(record.name + ".", "TXT")
    return list(found.strings)


def test_a_record_is_cut_into_strings_that_make_the_whole() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    long = read_key(written(key), KeyKind.RSA, "long")
    records = (*signer().records, *Signer(domain="example.org", keys=(long,)).records)
    assert [record.name for record in records] == [
        f"{selector}._domainkey.example.org" for selector in ("test-rsa", "test-ed25519", "long")
    ]
    assert [len(strings(record)) for record in records] == [2, 1, 3]
    for record in records:
        assert b"".join(strings(record)).decode() == record.value
        assert max(map(len, strings(record))) <= 255
