"""Who signs: what the settings name, refused in words before anything is sent."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.compose.workspace import Folder
from newsletter.config import Config, read_config
from newsletter.errors import NewsletterError, WrongUsage
from newsletter.message.dkimkeys import KeyKind
from newsletter.model.settings import Settings
from newsletter.signing import make_signing_key, signer, signing_domain
from tests.workspace import edit, small_office

KEYS = """\
dkim:
  selector: spring
  key_file: keys/spring.pem
  ed25519:
    selector: spring-ed
    key_file: keys/spring-ed.pem
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Return an office that signs with two keys."""
    edit(small_office(tmp_path), "newsletter.yaml", "languages:", f"{KEYS}languages:")
    make_signing_key(tmp_path / "keys/spring.pem", KeyKind.RSA, "spring")
    make_signing_key(tmp_path / "keys/spring-ed.pem", KeyKind.ED25519, "spring-ed")
    return tmp_path


def read(office: Path) -> tuple[Config, Settings]:
    return read_config(office, environment={}), Folder(office).settings().value


def test_who_does_not_ask_for_it_leaves_signing_to_the_relay(tmp_path: Path) -> None:
    assert signer(*read(small_office(tmp_path))) is None


def test_the_keys_named_sign_for_the_domain_of_the_sender(office: Path) -> None:
    found = signer(*read(office))
    assert found
    assert found.domain == "example.org"
    assert [(key.algorithm, key.selector) for key in found.keys] == [
        ("rsa-sha256", "spring"),
        ("ed25519-sha256", "spring-ed"),
    ]


def test_one_key_is_enough(office: Path) -> None:
    edit(office, "newsletter.yaml", KEYS.partition("  ed25519:")[2], "")
    edit(office, "newsletter.yaml", "  ed25519:", "")
    found = signer(*read(office))
    assert found
    assert [key.algorithm for key in found.keys] == ["rsa-sha256"]


@pytest.mark.parametrize(
    ("domain", "sender", "signs_as"),
    [
        ("example.org", "news@example.org", "example.org"),
        ("EXAMPLE.ORG", "news@mail.example.org", "example.org"),
        ("mail.example.org", "news@example.org", "mail.example.org"),
        ("пример.рф", "news@почта.пример.рф", "xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_a_domain_of_its_own_may_stand_above_or_below_that_of_the_sender(
    office: Path, domain: str, sender: str, signs_as: str
) -> None:
    edit(office, "newsletter.yaml", "dkim:\n", f"dkim:\n  domain: {domain}\n")
    edit(office, "newsletter.yaml", "news@example.org", sender)
    _, settings = read(office)
    assert signing_domain(settings) == signs_as


def lose(file: Path) -> None:
    file.unlink()


def open_to_all(file: Path) -> None:
    file.chmod(0o644)


def damage(file: Path) -> None:
    file.write_text("-----BEGIN PRIVATE KEY-----\n")


def swap(file: Path) -> None:
    other = file.with_name("spring-ed.pem")
    file.write_bytes(other.read_bytes())


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lose, "there is no such file - mend `key_file` in newsletter.yaml, .*dkim new-key"),
        (open_to_all, r"others may read or change this key \(its mode is 0644\) - chmod 600"),
        (damage, "is not a private key in PEM"),
        (swap, "holds a private key of the kind Ed25519, but here RSA is needed - name another"),
    ],
)
def test_a_key_that_cannot_be_used_is_told_with_its_file(
    office: Path, harm: Callable[[Path], None], message: str
) -> None:
    harm(office / "keys/spring.pem")
    with pytest.raises(NewsletterError, match=rf"keys/spring\.pem: {message}"):
        signer(*read(office))


def test_a_new_key_is_for_its_owner_alone_and_never_takes_the_place_of_another(
    office: Path,
) -> None:
    file = office / "keys/spring.pem"
    before = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(WrongUsage, match="is there already, and a key is never made over another"):
        make_signing_key(file, KeyKind.RSA, "spring")
    assert file.read_bytes() == before
