"""Providers post what came back; it is on the disk before they are told so."""

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.errors import NewsletterError
from newsletter.returns.postbox import Postbox
from newsletter.returns.providers.reading import read_posted
from newsletter.returns.providers.seals import MailgunSeal, SendGridSeal, SharedSecret
from newsletter.returns.providers.sns import SnsSeal
from newsletter.returns.spool import Spool
from newsletter.signatures import ecdsa_verifier
from tests.returns import posts
from tests.web.served import PATIENCE, Front, served
from tests.workspace import small_office


def visit(url: str) -> bytes:
    """Be Amazon, whose other certificates cannot be had."""
    if url != posts.CERTIFICATE_URL:
        raise NewsletterError(f"{url}: not in this test", "")
    return posts.certificate()


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Front]:
    """Serve the pages of an office that all providers but Brevo post to."""
    office = small_office(tmp_path / "office")
    postbox = Postbox(
        {
            "ses": SnsSeal([posts.TOPIC], visit),
            "mailgun": MailgunSeal([posts.SECRET]),
            "postmark": SharedSecret([posts.SECRET]),
            "sendgrid": SendGridSeal(ecdsa_verifier(posts.public_ec_key())),
        },
        Spool(office / ".newsletter"),
    )
    with served(office, postbox=postbox) as front:
        yield front


def kept(front: Front) -> dict[str, bytes]:
    spool = Spool(front.office / ".newsletter")
    return {each.form: each.read() for each in spool.waiting()}


POSTMARK = b'{"RecordType": "Bounce", "Type": "HardBounce", "Email": "anna@example.org"}'
GENUINE = {
    "ses": (posts.Sns().signed(), {}),
    "mailgun": (posts.mailgun(), {}),
    "postmark": (POSTMARK, posts.basic()),
    "sendgrid": (posts.SENDGRID, posts.sendgrid()),
}
FORGED = {
    "ses": (posts.Sns().signed(Message="{}"), {}),
    "mailgun": (posts.mailgun(key="another key altogether"), {}),
    "postmark": (POSTMARK, posts.basic("another secret altogether")),
    "sendgrid": (posts.SENDGRID + b" ", posts.sendgrid()),
}


@pytest.mark.parametrize("provider", GENUINE)
def test_a_genuine_post_is_kept_octet_for_octet(post: Front, provider: str) -> None:
    raw, headers = GENUINE[provider]
    answer = post.ask("POST", f"/returns/{provider}", raw, headers)
    assert (answer.status, answer.text) == (200, "kept\n")
    assert kept(post) == {provider: raw}
    assert read_posted(provider, raw)
    counted = f'newsletter_webhooks_total{{provider="{provider}",result="kept"}} 1'
    assert counted in post.get("/metrics").text


@pytest.mark.parametrize("provider", FORGED)
def test_a_forged_post_is_refused_and_leaves_nothing(post: Front, provider: str) -> None:
    raw, headers = FORGED[provider]
    answer = post.ask("POST", f"/returns/{provider}", raw, headers)
    without = post.ask("POST", f"/returns/{provider}", b"{}")
    assert answer.status == without.status == 403
    assert answer.body == without.body
    assert kept(post) == {}
    counted = f'newsletter_webhooks_total{{provider="{provider}",result="forged"}} 2'
    assert counted in post.get("/metrics").text


def test_a_post_that_comes_twice_is_kept_once(post: Front) -> None:
    raw, headers = GENUINE["sendgrid"]
    for _ in range(2):
        assert post.ask("POST", "/returns/sendgrid", raw, headers).status == 200
    assert kept(post) == {"sendgrid": raw}


@pytest.mark.parametrize("provider", ["brevo", "else", "ses/x"])
def test_who_is_not_named_in_the_settings_is_not_there(post: Front, provider: str) -> None:
    assert post.ask("POST", f"/returns/{provider}", b"{}", posts.basic()).status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_providers_post_and_nothing_else(post: Front, method: str) -> None:
    assert post.ask(method, "/returns/postmark", headers=posts.basic()).status == 405


def test_an_office_without_webhooks_has_no_such_address(front: Front) -> None:
    assert front.ask("POST", "/returns/postmark", POSTMARK, posts.basic()).status == 404


def test_a_large_post_is_taken_and_one_that_is_too_large_is_not(post: Front) -> None:
    large = POSTMARK.replace(b"{", b'{"x": "' + b"x" * 900_000 + b'", ', 1)
    assert post.ask("POST", "/returns/postmark", large, posts.basic()).status == 200
    too_large = large + b" " * 200_000
    assert post.ask("POST", "/returns/postmark", too_large, posts.basic()).status == 413
    assert list(kept(post).values()) == [large]


def test_what_does_not_say_how_large_it_is_is_measured_as_it_comes(post: Front) -> None:
    with socket.create_connection(("127.0.0.1", post.port), timeout=PATIENCE) as line:
        line.sendall(
            b"POST /returns/postmark HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Authorization: "
            + posts.basic()["Authorization"].encode()
            + b"\r\nConnection: close\r\n\r\n"
        )
        line.sendall(b"124f80\r\n" + b" " * 1_200_000 + b"\r\n0\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 413")
    assert kept(post) == {}


def test_what_cannot_be_kept_is_not_taken_so_that_it_comes_again(post: Front) -> None:
    raw, headers = GENUINE["mailgun"]
    in_the_way = post.office / ".newsletter" / "returns"
    in_the_way.write_text("a file where the folder should be")
    answer = post.ask("POST", "/returns/mailgun", raw, headers)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    in_the_way.unlink()
    assert post.ask("POST", "/returns/mailgun", raw, headers).status == 200
    assert kept(post) == {"mailgun": raw}
    assert 'provider="mailgun",result="not_kept"} 1' in post.get("/metrics").text


def test_a_signature_that_cannot_be_looked_at_now_is_not_refused(post: Front) -> None:
    place = posts.CERTIFICATE_URL.replace("0123abcd", "ffff")
    raw = posts.Sns().signed(SigningCertURL=place)
    answer = post.ask("POST", "/returns/ses", raw)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert kept(post) == {}


def test_a_post_is_kept_while_there_is_no_database(post: Front) -> None:
    for file in (post.office / ".newsletter").glob("state.db*"):
        file.unlink()
    raw, headers = GENUINE["postmark"]
    assert post.ask("POST", "/returns/postmark", raw, headers).status == 200
    assert kept(post) == {"postmark": raw}


def test_many_posts_are_all_taken(post: Front) -> None:
    for number in range(300):
        raw = json.dumps({"RecordType": "Bounce", "ID": number}).encode()
        assert post.ask("POST", "/returns/postmark", raw, posts.basic()).status == 200
    assert len(list(Spool(post.office / ".newsletter").waiting())) == 300


def test_a_secret_shows_in_no_answer(post: Front) -> None:
    shown = base64.b64encode(posts.SECRET.encode()).decode()
    raw, headers = FORGED["postmark"]
    body = post.ask("POST", "/returns/postmark", raw, headers).text + post.get("/metrics").text
    assert posts.SECRET not in body
    assert shown not in body
