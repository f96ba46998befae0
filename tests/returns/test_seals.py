"""Whom a post is believed to come from."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import NewsletterError
from newsletter.fetch import fetch
from newsletter.returns.providers.seals import (
    MailgunSeal,
    Seal,
    SendGridSeal,
    SharedSecret,
    Verdict,
)
from newsletter.returns.providers.sns import SnsSeal, Visit
from newsletter.signatures import ecdsa_verifier
from tests.fetch.web import Web, page, serve
from tests.returns.posts import (
    CERTIFICATE_URL,
    CONFIRM_URL,
    HOST,
    SECRET,
    SENDGRID,
    TOPIC,
    Sns,
    basic,
    certificate,
    mailgun,
    public_ec_key,
    rsa_key,
    sendgrid,
    subscription,
)
from tests.smtp.certificates import client_context, server_context


def judge(seal: Seal, raw: bytes, headers: Mapping[str, str] | None = None) -> Verdict:
    return seal.judge({name.lower(): value for name, value in (headers or {}).items()}, raw)


# --- Amazon SNS ---


@contextmanager
def amazon(pages: dict[str, bytes]) -> Iterator[tuple[Web, Visit]]:
    """Serve pages over TLS on this computer, and give what fetches them as if from SNS."""
    authority = trustme.CA()
    with serve(server_context(authority, "localhost")) as web:
        web.pages |= pages
        web.host = "localhost"

        def visit(url: str) -> bytes:
            parts = urlsplit(url)
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            here = f"https://localhost:{web.port}{path}"
            found = fetch(here, guard=web.guard, tls=client_context(authority))
            if not found.ok:
                raise NewsletterError("it is not there", "")
            return found.data

        yield web, visit


CERTIFICATE = urlsplit(CERTIFICATE_URL).path


@pytest.fixture
def sns() -> Iterator[tuple[SnsSeal, Web]]:
    pages = {
        CERTIFICATE: page(certificate()),
        CONFIRM_URL.removeprefix(HOST): page(b"<ConfirmSubscriptionResponse/>"),
    }
    with amazon(pages) as (web, visit):
        yield SnsSeal([TOPIC], visit), web


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [True, False])
def test_what_sns_signed_is_genuine(sns: tuple[SnsSeal, Web], version: str, subject: bool) -> None:
    message = Sns()
    message.message["SignatureVersion"] = version
    if not subject:
        del message.message["Subject"]
    assert judge(sns[0], message.signed()) is Verdict.GENUINE


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": '{"notificationType": "Complaint"}'},
        {"Subject": "another"},
        {"Timestamp": "2026-03-02T09:00:00.000Z"},
        {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:other"},
        {"Signature": "AAAA"},
        {"Signature": "no base64"},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"Type": "SubscriptionConfirmation"},
        {"Type": "Else"},
    ],
)
def test_what_was_changed_after_it_was_signed_is_forged(
    sns: tuple[SnsSeal, Web], changed: dict[str, str]
) -> None:
    assert judge(sns[0], Sns().signed(None, **changed)) is Verdict.FORGED


@pytest.mark.parametrize(
    "place",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com.example.net/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com@example.net/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123abcd.pem",
        "https://sns-eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://example.net/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem\n",
        "https://sns.eu-west-1.amazonaws.com/other.pem",
        "",
    ],
)
def test_a_certificate_is_fetched_from_nowhere_else(sns: tuple[SnsSeal, Web], place: str) -> None:
    seal, web = sns
    assert judge(seal, Sns().signed(SigningCertURL=place)) is Verdict.FORGED
    assert not web.heard


def test_nothing_is_fetched_for_a_topic_of_somebody_else(sns: tuple[SnsSeal, Web]) -> None:
    seal, web = sns
    message = Sns()
    message.message["TopicArn"] = "arn:aws:sns:eu-west-1:999999999999:returns"
    assert judge(seal, message.signed()) is Verdict.FORGED
    assert not web.heard


def test_a_certificate_is_fetched_once(sns: tuple[SnsSeal, Web]) -> None:
    seal, web = sns
    for _ in range(5):
        assert judge(seal, Sns().signed()) is Verdict.GENUINE
    assert len(web.heard) == 1


def test_the_key_of_somebody_else_seals_nothing(sns: tuple[SnsSeal, Web]) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert judge(sns[0], Sns().signed(other)) is Verdict.FORGED


def test_while_the_certificate_cannot_be_fetched_nothing_is_known() -> None:
    with amazon({}) as (web, visit):
        seal = SnsSeal([TOPIC], visit)
        assert judge(seal, Sns().signed()) is Verdict.UNSURE
        web.pages[CERTIFICATE] = page(certificate())
        assert judge(seal, Sns().signed()) is Verdict.GENUINE


def test_only_so_many_certificates_are_fetched_at_a_time() -> None:
    with amazon({}) as (web, visit):
        now = 0.0
        seal = SnsSeal([TOPIC], visit, clock=lambda: now)
        for number in range(30):
            place = CERTIFICATE_URL.replace("0123abcd", f"{number:08x}")
            assert judge(seal, Sns().signed(SigningCertURL=place)) is Verdict.UNSURE
        assert len(web.heard) == 10
        web.pages[CERTIFICATE] = page(certificate())
        now = 61.0
        assert judge(seal, Sns().signed()) is Verdict.GENUINE


@pytest.mark.parametrize("pem", [certificate(days=-1), certificate(days=500), b"no certificate"])
def test_a_certificate_that_is_not_in_force_seals_nothing(pem: bytes) -> None:
    with amazon({CERTIFICATE: page(pem)}) as (_, visit):
        assert judge(SnsSeal([TOPIC], visit), Sns().signed()) is Verdict.FORGED


def test_a_subscription_to_our_topic_is_confirmed(sns: tuple[SnsSeal, Web]) -> None:
    seal, web = sns
    assert judge(seal, subscription().signed()) is Verdict.GENUINE
    assert web.heard[-1].startswith(f"GET {CONFIRM_URL.removeprefix(HOST)} ")


def test_a_subscription_that_cannot_be_confirmed_now_is_not_taken() -> None:
    with amazon({CERTIFICATE: page(certificate())}) as (_, visit):
        assert judge(SnsSeal([TOPIC], visit), subscription().signed()) is Verdict.UNSURE


@pytest.mark.parametrize(
    "place",
    [
        "https://example.net/?Action=ConfirmSubscription&Token=2336412f",
        f"{HOST}/?Action=Unsubscribe&Token=2336412f",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_a_confirmation_that_leads_elsewhere_is_not_visited(
    sns: tuple[SnsSeal, Web], place: str
) -> None:
    seal, web = sns
    assert judge(seal, subscription(place).signed()) is Verdict.FORGED
    assert [each.split()[1] for each in web.heard] == [CERTIFICATE]


def test_a_forged_offer_of_a_subscription_visits_nothing(sns: tuple[SnsSeal, Web]) -> None:
    seal, web = sns
    assert judge(seal, subscription().signed(Token="other")) is Verdict.FORGED
    assert [each.split()[1] for each in web.heard] == [CERTIFICATE]


# --- Mailgun ---


def test_what_mailgun_signed_is_genuine_as_often_as_it_comes() -> None:
    seal = MailgunSeal([SECRET])
    raw = mailgun()
    assert [judge(seal, raw) for _ in range(3)] == [Verdict.GENUINE] * 3


def test_a_token_of_mailgun_seals_nothing_but_what_it_came_with() -> None:
    seal = MailgunSeal([SECRET])
    assert judge(seal, mailgun()) is Verdict.GENUINE
    assert judge(seal, mailgun(recipient="berta@example.org")) is Verdict.FORGED
    assert judge(seal, mailgun(token="u" * 50, recipient="berta@example.org")) is Verdict.GENUINE


@pytest.mark.parametrize(
    ("age", "verdict"),
    [(-600, "genuine"), (-3600, "forged"), (8 * 3600, "genuine"), (13 * 3600, "forged")],
)
def test_a_post_of_mailgun_is_believed_while_it_is_tried_again(age: float, verdict: str) -> None:
    assert judge(MailgunSeal([SECRET]), mailgun(age)) == verdict


def test_two_keys_hold_while_one_is_changed_for_another() -> None:
    seal = MailgunSeal(["the new key of Mailgun", SECRET])
    assert judge(seal, mailgun()) is Verdict.GENUINE
    assert judge(seal, mailgun(key="another key altogether")) is Verdict.FORGED


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"signature": []}',
        b'{"signature": {"timestamp": "x", "token": "t", "signature": "\xc3\xa9"}}',
    ],
)
def test_a_post_of_mailgun_without_a_signature_is_forged(raw: bytes) -> None:
    assert judge(MailgunSeal([SECRET]), raw) is Verdict.FORGED


# --- SendGrid ---


def sendgrid_seal() -> SendGridSeal:
    return SendGridSeal(ecdsa_verifier(public_ec_key()))


def test_what_sendgrid_signed_is_genuine() -> None:
    assert judge(sendgrid_seal(), SENDGRID, sendgrid()) is Verdict.GENUINE


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Twilio-Email-Event-Webhook-Timestamp": "1772355601"},
        {"X-Twilio-Email-Event-Webhook-Signature": "no base64"},
        {"X-Twilio-Email-Event-Webhook-Signature": ""},
    ],
)
def test_changed_headers_of_sendgrid_are_forged(changed: dict[str, str]) -> None:
    assert judge(sendgrid_seal(), SENDGRID, sendgrid() | changed) is Verdict.FORGED


def test_a_changed_post_of_sendgrid_is_forged() -> None:
    assert judge(sendgrid_seal(), SENDGRID.strip(), sendgrid()) is Verdict.FORGED
    assert judge(sendgrid_seal(), SENDGRID) is Verdict.FORGED


# --- Postmark and Brevo ---


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        (basic(), "genuine"),
        (basic(user=""), "genuine"),
        ({"Authorization": f"Bearer {SECRET}"}, "genuine"),
        ({"Authorization": f"bearer  {SECRET} "}, "genuine"),
        (basic(SECRET + "x"), "forged"),
        (basic(""), "forged"),
        ({"Authorization": "Bearer "}, "forged"),
        ({"Authorization": "Basic no base64"}, "forged"),
        ({"Authorization": SECRET}, "forged"),
        ({"Authorization": f"Digest {SECRET}"}, "forged"),
        ({}, "forged"),
    ],
)
def test_who_shows_the_secret_is_known(headers: dict[str, str], verdict: str) -> None:
    assert judge(SharedSecret([SECRET, "a former secret"]), b"{}", headers) == verdict


# --- All of them ---


def _offline(url: str) -> bytes:
    raise NewsletterError(f"{url}: not in this test", "")


_SEALS: list[Callable[[], Seal]] = [
    partial(SnsSeal, [TOPIC], _offline),
    partial(MailgunSeal, [SECRET]),
    sendgrid_seal,
    partial(SharedSecret, [SECRET]),
]
_NAMES = st.sampled_from(
    ["Type", "TopicArn", "Signature", "signature", "timestamp", "token", "SigningCertURL", TOPIC]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | _NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=8),
    max_leaves=20,
)


@pytest.mark.parametrize("make", _SEALS)
@given(_VALUES, st.dictionaries(st.sampled_from(["authorization", "x-a"]), st.text()))
def test_no_post_is_believed_by_chance_and_none_is_an_error(
    make: Callable[[], Seal], said: object, headers: dict[str, str]
) -> None:
    assert make().judge(headers, json.dumps(said).encode()) is Verdict.FORGED


def test_keys_that_cannot_be_used_are_refused_in_words() -> None:
    der = (
        rsa_key()
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(ValueError, match="not a public key"):
        ecdsa_verifier("AAAA")
    with pytest.raises(ValueError, match="elliptic curve"):
        ecdsa_verifier(base64.b64encode(der).decode())
