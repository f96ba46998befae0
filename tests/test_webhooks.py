"""The secrets of providers: where they come from, and what is said when they are missing."""

from pathlib import Path

import pytest

from newsletter.compose.workspace import Folder
from newsletter.config import Config, read_config
from newsletter.errors import InputRefused, NewsletterError, WrongUsage
from newsletter.model.webhooks import Webhooks
from newsletter.returns.postbox import Taken
from newsletter.webhooks import postbox
from tests.returns import posts
from tests.workspace import small_office

HTTP = {name.lower(): value for name, value in posts.basic().items()}


def config(root: Path, **environment: str) -> Config:
    return read_config(root, environment)


def secret_file(root: Path, content: str = posts.SECRET, mode: int = 0o600) -> str:
    file = root / "secret"
    file.write_text(content, encoding="utf-8")
    file.chmod(mode)
    return "secret"


def settings(said: object) -> Webhooks:
    return Webhooks.model_validate(said)


def test_an_office_that_names_no_provider_takes_nothing(tmp_path: Path) -> None:
    assert not postbox(config(tmp_path), Webhooks()).seals


def test_all_five_are_known_when_they_are_named(tmp_path: Path) -> None:
    file = secret_file(tmp_path)
    named = {
        "ses": {"topics": (posts.TOPIC,)},
        "mailgun": {"key_file": file},
        "postmark": {"secret_file": file},
        "sendgrid": {"public_key": posts.public_ec_key()},
        "brevo": {"secret_file": file},
    }
    assert postbox(config(tmp_path), settings(named)).seals.keys() == named.keys()


def test_each_line_of_a_file_is_a_secret_that_holds(tmp_path: Path) -> None:
    file = secret_file(tmp_path, f"a new and longer secret\n\n {posts.SECRET} \n")
    box = postbox(config(tmp_path), settings({"postmark": {"secret_file": file}}))
    assert box.take("postmark", HTTP, b"{}") == (Taken.KEPT, "")


@pytest.mark.parametrize("provider", ["mailgun", "postmark", "brevo"])
def test_the_environment_goes_over_a_file(tmp_path: Path, provider: str) -> None:
    given = config(tmp_path, **{f"NEWSLETTER_RETURNS_{provider.upper()}_KEY": posts.SECRET})
    box = postbox(given, settings({provider: {}}))
    raw = posts.mailgun() if provider == "mailgun" else b"{}"
    assert box.take(provider, HTTP, raw) == (Taken.KEPT, "")
    assert posts.SECRET not in repr(given)


@pytest.mark.parametrize("provider", ["mailgun", "postmark", "brevo"])
def test_a_provider_without_a_secret_is_refused_in_words(tmp_path: Path, provider: str) -> None:
    with pytest.raises(WrongUsage, match=f"`{provider}`") as refused:
        postbox(config(tmp_path), settings({provider: {}}))
    assert f"NEWSLETTER_RETURNS_{provider.upper()}_KEY" in refused.value.remedy


@pytest.mark.parametrize("content", ["", "\n\n", "short", f"{posts.SECRET}\nshort"])
def test_a_secret_that_can_be_guessed_is_refused(tmp_path: Path, content: str) -> None:
    file = secret_file(tmp_path, content)
    with pytest.raises(WrongUsage, match="16 letters"):
        postbox(config(tmp_path), settings({"brevo": {"secret_file": file}}))


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = secret_file(tmp_path, mode=0o644)
    with pytest.raises(NewsletterError, match="others may read"):
        postbox(config(tmp_path), settings({"mailgun": {"key_file": file}}))


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="sendgrid"):
        postbox(config(tmp_path), settings({"sendgrid": {"public_key": "A" * 100}}))


@pytest.mark.parametrize(
    "written",
    [
        "ses: {topics: [newsletter-returns]}",
        "ses: {topics: []}",
        "sendgrid: {public_key: '-----BEGIN PUBLIC KEY-----'}",
        "mailgun: {key: the-key-itself}",
        "mailjet: {}",
    ],
)
def test_settings_that_mean_nothing_are_refused_with_their_line(
    tmp_path: Path, written: str
) -> None:
    office = small_office(tmp_path / "office")
    with (office / "newsletter.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\nreturns:\n  webhooks:\n    {written}\n")
    with pytest.raises(InputRefused) as refused:
        Folder(office).settings()
    assert "newsletter.yaml" in str(refused.value.findings[0])
