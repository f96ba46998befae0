"""What providers post, as their documentation has it, and what it is taken for."""

import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.returns import Posted, ReportKind, ReturnReason
from newsletter.returns.providers.reading import PROVIDERS, read_posted

UNKNOWN = "550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown"
LISTED = "554 5.7.1 Service unavailable; client host [192.0.2.1] blocked using a block list"
STRANGE = "550 zzz qqq"
FULL = "452 4.2.2 The email account that you tried to reach is over quota"

Values = dict[str, Any]


def read(provider: str, said: object) -> Posted:
    (posted,) = read_posted(provider, json.dumps(said).encode())
    return posted


def in_short(posted: Posted) -> str:
    """Return kind, reason, permanence and whether to suppress, in one line."""
    (told,) = posted.report.recipients
    assert told.address == "anna@example.org"
    lasting = {True: "for good", False: "for now", None: "open"}[told.permanent]
    ends = ", suppress" if told.suppress else ""
    return f"{posted.report.kind}: {told.reason}, {lasting}{ends}"


# --- Amazon SES ---


def ses(kind: str, about: Values, field: str = "notificationType") -> Values:
    inside = {
        field: kind,
        kind[0].lower() + kind[1:]: about,
        "mail": {
            "timestamp": "2026-03-01T09:00:00.000Z",
            "source": "bounces+ab2c@ilo.example.org",
            "messageId": "0100-ses-id-000000",
            "destination": ["anna@example.org"],
            "headers": [
                {"name": "Message-ID", "value": "<d1.abc@ilo.example.org>"},
                {"name": "List-Unsubscribe", "value": "<https://ilo.example.org/unsubscribe/T>"},
            ],
            "commonHeaders": {"messageId": "<d1.abc@ilo.example.org>"},
        },
    }
    return {
        "Type": "Notification",
        "MessageId": "sns-1",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:returns",
        "Message": json.dumps(inside),
    }


def ses_bounce(kind: str, subtype: str, words: str = "", status: str = "") -> Values:
    about = {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [
            {
                "emailAddress": "anna@example.org",
                "action": "failed",
                "status": status,
                "diagnosticCode": words,
            }
        ],
        "timestamp": "2026-03-01T09:00:02.000Z",
        "feedbackId": "0100-feedback-000000",
        "reportingMTA": "dsn; a8-70.smtp-out.amazonses.com",
    }
    return ses("Bounce", about)


@pytest.mark.parametrize(
    ("kind", "subtype", "words", "expected"),
    [
        ("Permanent", "General", f"smtp; {UNKNOWN}", "bounce: unknown_user, for good, suppress"),
        ("Permanent", "NoEmail", "", "bounce: unknown_user, for good, suppress"),
        ("Permanent", "General", f"smtp; {LISTED}", "bounce: policy, for good"),
        ("Permanent", "General", "", "bounce: unknown, for good"),
        ("Permanent", "Suppressed", "", "bounce: disabled, for good, suppress"),
        ("Permanent", "OnAccountSuppressionList", "", "bounce: disabled, for good, suppress"),
        ("Permanent", "UnsubscribedRecipient", "", "complaint: unknown, for good, suppress"),
        ("Transient", "General", f"smtp; {UNKNOWN}", "bounce: unknown_user, for now"),
        ("Transient", "MailboxFull", f"smtp; {FULL}", "bounce: mailbox_full, for now"),
        ("Transient", "MessageTooLarge", "", "bounce: size, for now"),
        ("Transient", "ContentRejected", "", "bounce: content, for now"),
        ("Transient", "AttachmentRejected", "", "bounce: content, for now"),
        ("Transient", "CustomTimeoutExceeded", "", "bounce: expired, for now"),
        ("Undetermined", "Undetermined", "", "bounce: unknown, open"),
        ("Permanent", "SomethingNew", "", "bounce: unknown, for good"),
    ],
)
def test_bounces_of_ses_are_read_by_words_and_class(
    kind: str, subtype: str, words: str, expected: str
) -> None:
    assert in_short(read("ses", ses_bounce(kind, subtype, words))) == expected


def test_an_event_of_ses_names_our_mail_and_its_envelope() -> None:
    posted = read("ses", ses_bounce("Permanent", "General", UNKNOWN))
    assert posted.message_ids == ("d1.abc@ilo.example.org", "0100-ses-id-000000")
    assert posted.report.message_id == "d1.abc@ilo.example.org"
    assert posted.report.to == ("bounces+ab2c@ilo.example.org",)
    assert ("List-Unsubscribe", "<https://ilo.example.org/unsubscribe/T>") in posted.headers
    assert posted.event_id == "ses:0100-feedback-000000"
    assert posted.at == datetime.datetime(2026, 3, 1, 9, 0, 2, tzinfo=datetime.UTC)


def test_ses_delivers_the_same_without_the_message_around_it() -> None:
    whole = ses_bounce("Permanent", "NoEmail")
    bare = json.loads(whole["Message"])
    assert read("ses", bare).report == read("ses", whole).report


def complaint(*addresses: str, **more: str) -> Values:
    named = [{"emailAddress": each} for each in addresses]
    return ses("Complaint", {"complainedRecipients": named, "feedbackId": "f", **more})


def test_a_complaint_to_ses_ends_a_subscription() -> None:
    posted = read("ses", complaint("anna@example.org", complaintFeedbackType="abuse"))
    assert in_short(posted) == "complaint: unknown, for good, suppress"


def test_a_complaint_of_one_among_several_names_nobody() -> None:
    report = read("ses", complaint("anna@example.org", "berta@example.org")).report
    assert (report.kind, report.recipients) == (ReportKind.COMPLAINT, ())


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_feedback_that_is_no_wish_to_leave_is_no_complaint(kind: str) -> None:
    report = read("ses", complaint("anna@example.org", complaintFeedbackType=kind)).report
    assert (report.kind, report.recipients) == (ReportKind.OTHER, ())


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("MailboxFull", "mailbox_full"), ("IPFailure", "policy"), ("Undetermined", "unknown")],
)
def test_ses_tells_of_delays(kind: str, reason: str) -> None:
    named = [{"emailAddress": "anna@example.org", "status": "", "diagnosticCode": ""}]
    about = {"delayType": kind, "delayedRecipients": named}
    posted = read("ses", ses("DeliveryDelay", about, "eventType"))
    assert in_short(posted) == f"delay: {reason}, for now"


def test_a_mail_that_ses_took_for_a_virus_says_nothing_against_its_reader() -> None:
    posted = read("ses", ses("Reject", {"reason": "Bad content"}, "eventType"))
    assert in_short(posted) == "bounce: virus, for good"


def test_who_leaves_all_lists_at_ses_wants_no_more_mail() -> None:
    left = {"newTopicPreferences": {"unsubscribeAll": True}}
    chosen = {"newTopicPreferences": {"unsubscribeAll": False}}
    posted = read("ses", ses("Subscription", left, "eventType"))
    assert in_short(posted) == "complaint: unknown, for good, suppress"
    kept = read("ses", ses("Subscription", chosen, "eventType")).report
    assert (kept.kind, kept.recipients) == (ReportKind.OTHER, ())


# --- Mailgun ---


def mailgun(event: str, **more: object) -> Values:
    return {
        "signature": {"timestamp": "1772355600", "token": "t", "signature": "s"},
        "event-data": {
            "event": event,
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "timestamp": 1772355600.25,
            "recipient": "anna@example.org",
            "message": {"headers": {"message-id": "d1.abc@ilo.example.org"}},
            "envelope": {"sender": "bounces+ab2c@ilo.example.org"},
            "user-variables": {"issue": "2026-03"},
            **more,
        },
    }


@pytest.mark.parametrize(
    ("severity", "reason", "status", "expected"),
    [
        (
            "permanent",
            "bounce",
            {"code": 550, "message": UNKNOWN[4:]},
            "bounce: unknown_user, for good, suppress",
        ),
        ("permanent", "bounce", {"code": 554, "message": LISTED}, "bounce: policy, for good"),
        ("permanent", "suppress-bounce", {"code": 605}, "bounce: disabled, for good, suppress"),
        ("permanent", "suppress-unsubscribe", {}, "complaint: unknown, for good, suppress"),
        ("permanent", "suppress-complaint", {}, "complaint: unknown, for good, suppress"),
        ("permanent", "old", {"code": 602, "message": "Too old"}, "bounce: expired, for now"),
        ("permanent", "generic", {}, "bounce: unknown, for good"),
        ("temporary", "greylisted", {"code": 451}, "delay: rate, for now"),
        ("temporary", "generic", {"code": 452, "message": FULL}, "delay: mailbox_full, for now"),
        ("temporary", "espblock", {}, "delay: policy, for now"),
    ],
)
def test_failures_at_mailgun(severity: str, reason: str, status: Values, expected: str) -> None:
    said = mailgun("failed", severity=severity, reason=reason, **{"delivery-status": status})
    assert in_short(read("mailgun", said)) == expected


@pytest.mark.parametrize("event", ["complained", "unsubscribed"])
def test_readers_wishes_at_mailgun(event: str) -> None:
    assert in_short(read("mailgun", mailgun(event))) == "complaint: unknown, for good, suppress"


def test_an_event_of_mailgun_names_our_mail_and_its_envelope() -> None:
    posted = read("mailgun", mailgun("failed", severity="permanent", reason="bounce"))
    assert posted.message_ids == ("d1.abc@ilo.example.org",)
    assert posted.report.to == ("bounces+ab2c@ilo.example.org",)
    assert ("issue", "2026-03") in posted.headers
    assert posted.event_id == "mailgun:G9Bn5sl1TC6nu79C8C0bwg@1772355600.25"
    assert posted.at == datetime.datetime(2026, 3, 1, 9, 0, 0, 250000, tzinfo=datetime.UTC)


def test_a_mail_that_mailgun_does_not_take_says_nothing_against_its_reader() -> None:
    said = mailgun("rejected", reject={"reason": "Sandbox subdomains are for test purposes only"})
    (told,) = read("mailgun", said).report.recipients
    assert not told.suppress


# --- Postmark ---


def postmark(kind: str, details: str = "", **more: object) -> Values:
    return {
        "RecordType": "Bounce",
        "Type": kind,
        "TypeCode": 1,
        "ID": 692560173,
        "MessageID": "00000000-0000-0000-0000-000000000000",
        "Metadata": {"issue": "2026-03"},
        "Details": details,
        "Email": "anna@example.org",
        "From": "news@ilo.example.org",
        "BouncedAt": "2026-03-01T09:00:00.1234567+00:00",
        "Inactive": True,
        **more,
    }


@pytest.mark.parametrize(
    ("kind", "details", "expected"),
    [
        ("HardBounce", f"smtp;{UNKNOWN}", "bounce: unknown_user, for good, suppress"),
        ("HardBounce", "", "bounce: unknown_user, for good, suppress"),
        ("HardBounce", f"smtp;{LISTED}", "bounce: policy, for good"),
        ("HardBounce", f"smtp;{STRANGE}", "bounce: unknown, for good"),
        ("BadEmailAddress", STRANGE, "bounce: unknown_user, for good, suppress"),
        ("BadEmailAddress", "", "bounce: unknown_user, for good, suppress"),
        ("SoftBounce", f"smtp;{FULL}", "bounce: mailbox_full, for now"),
        ("SoftBounce", f"smtp;{UNKNOWN}", "bounce: unknown_user, for now"),
        ("Unknown", "", "bounce: unknown, open"),
        ("SpamNotification", "", "bounce: spam, open"),
        ("Blocked", "", "bounce: policy, open"),
        ("DMARCPolicy", "", "bounce: authentication, open"),
        ("VirusNotification", "", "bounce: virus, open"),
        ("SMTPApiError", "", "bounce: system, open"),
        ("Transient", "", "delay: unknown, for now"),
        ("DnsError", "", "delay: network, for now"),
        ("SpamComplaint", "", "complaint: unknown, for good, suppress"),
        ("Unsubscribe", "", "complaint: unknown, for good, suppress"),
        ("ManuallyDeactivated", "", "bounce: disabled, for good, suppress"),
    ],
)
def test_bounces_of_postmark_are_read_by_words_and_type(
    kind: str, details: str, expected: str
) -> None:
    assert in_short(read("postmark", postmark(kind, details))) == expected


@pytest.mark.parametrize("kind", ["AutoResponder", "ChallengeVerification", "AddressChange"])
def test_automatic_answers_at_postmark_are_about_nobody(kind: str) -> None:
    report = read("postmark", postmark(kind)).report
    assert (report.kind, report.recipients) == (ReportKind.AUTO_REPLY, ())


def test_a_bounce_of_postmark_gives_back_what_we_gave() -> None:
    posted = read("postmark", postmark("HardBounce"))
    assert posted.event_id == "postmark:Bounce-692560173"
    assert posted.message_ids == ("00000000-0000-0000-0000-000000000000",)
    assert posted.headers == (("issue", "2026-03"),)
    assert posted.at == datetime.datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=datetime.UTC)


def test_an_older_webhook_of_postmark_is_known_by_its_type() -> None:
    said = postmark("HardBounce")
    del said["RecordType"]
    assert in_short(read("postmark", said)) == "bounce: unknown_user, for good, suppress"


def change(reason: str | None, origin: str, suppress: bool = True) -> Values:
    return {
        "RecordType": "SubscriptionChange",
        "Recipient": "anna@example.org",
        "Origin": origin,
        "SuppressSending": suppress,
        "SuppressionReason": reason,
        "ChangedAt": "2026-03-01T09:00:00Z",
    }


@pytest.mark.parametrize(
    ("reason", "origin", "expected"),
    [
        ("HardBounce", "Recipient", "bounce: disabled, for good, suppress"),
        ("SpamComplaint", "Recipient", "complaint: unknown, for good, suppress"),
        ("ManualSuppression", "Recipient", "complaint: unknown, for good, suppress"),
        ("ManualSuppression", "Customer", "bounce: disabled, for good, suppress"),
    ],
)
def test_changes_of_subscription_at_postmark(reason: str, origin: str, expected: str) -> None:
    assert in_short(read("postmark", change(reason, origin))) == expected


def test_nobody_is_put_back_by_a_provider() -> None:
    report = read("postmark", change(None, "Customer", suppress=False)).report
    assert (report.kind, report.recipients) == (ReportKind.OTHER, ())


# --- SendGrid ---


def sendgrid(event: str, **more: object) -> list[Values]:
    return [
        {
            "email": "anna@example.org",
            "timestamp": 1772355600,
            "smtp-id": "<d1.abc@ilo.example.org>",
            "event": event,
            "sg_event_id": "Zg==",
            "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.0",
            "issue": "2026-03",
            **more,
        }
    ]


@pytest.mark.parametrize(
    ("event", "more", "expected"),
    [
        (
            "bounce",
            {"type": "bounce", "reason": UNKNOWN, "status": "5.1.1"},
            "bounce: unknown_user, for good, suppress",
        ),
        (
            "bounce",
            {"type": "bounce", "bounce_classification": "Invalid Address", "status": "5.0.0"},
            "bounce: unknown_user, for good, suppress",
        ),
        ("bounce", {"type": "blocked", "reason": LISTED}, "bounce: policy, for now"),
        ("bounce", {"type": "blocked", "reason": UNKNOWN}, "bounce: unknown_user, for now"),
        (
            "bounce",
            {"type": "blocked", "bounce_classification": "Reputation"},
            "bounce: policy, for now",
        ),
        (
            "bounce",
            {"type": "bounce", "bounce_classification": "Content"},
            "bounce: spam, for good",
        ),
        ("bounce", {"type": "bounce"}, "bounce: unknown, for good"),
        ("dropped", {"reason": "Bounced Address"}, "bounce: disabled, for good, suppress"),
        ("dropped", {"reason": "Unsubscribed Address"}, "complaint: unknown, for good, suppress"),
        ("dropped", {"reason": "Spam Reporting Address"}, "complaint: unknown, for good, suppress"),
        ("dropped", {"reason": "Invalid"}, "bounce: unknown_user, for good, suppress"),
        ("dropped", {"reason": "Invalid SMTPAPI header"}, "bounce: system, open"),
        ("dropped", {"reason": "Spam Content (if enabled)"}, "bounce: spam, open"),
        ("dropped", {"reason": "Recipient List over Package Quota"}, "bounce: rate, for now"),
        ("deferred", {"response": FULL, "attempt": "5"}, "delay: mailbox_full, for now"),
        ("spamreport", {}, "complaint: unknown, for good, suppress"),
        ("unsubscribe", {}, "complaint: unknown, for good, suppress"),
        ("group_unsubscribe", {"asm_group_id": 10}, "complaint: unknown, for good, suppress"),
    ],
)
def test_events_of_sendgrid(event: str, more: Values, expected: str) -> None:
    assert in_short(read("sendgrid", sendgrid(event, **more))) == expected


def test_an_event_of_sendgrid_names_our_mail_and_gives_back_our_arguments() -> None:
    posted = read("sendgrid", sendgrid("bounce", type="bounce"))
    assert posted.message_ids == (
        "d1.abc@ilo.example.org",
        "14c5d75ce93.dfd.64b469.filter0001.0",
        "14c5d75ce93",
    )
    assert posted.headers == (("issue", "2026-03"),)
    assert posted.event_id == "sendgrid:Zg=="


def test_sendgrid_posts_many_at_once() -> None:
    said = sendgrid("bounce", reason=UNKNOWN) + sendgrid("delivered") + sendgrid("spamreport")
    kinds = [each.report.kind for each in read_posted("sendgrid", json.dumps(said).encode())]
    assert kinds == [ReportKind.BOUNCE, ReportKind.OTHER, ReportKind.COMPLAINT]


# --- Brevo ---


def brevo(event: str, reason: str = "") -> Values:
    return {
        "event": event,
        "email": "anna@example.org",
        "id": 26224,
        "date": "2026-03-01 10:00:00",
        "ts": 1772359200,
        "ts_event": 1772359200,
        "ts_epoch": 1772355600250,
        "message-id": "<d1.abc@ilo.example.org>",
        "subject": "News",
        "X-Mailin-custom": "issue=2026-03",
        "reason": reason,
    }


@pytest.mark.parametrize(
    ("event", "reason", "expected"),
    [
        ("hard_bounce", UNKNOWN, "bounce: unknown_user, for good, suppress"),
        ("hard_bounce", "", "bounce: unknown_user, for good, suppress"),
        ("hardBounce", LISTED, "bounce: policy, for good"),
        ("hard_bounce", STRANGE, "bounce: unknown, for good"),
        ("soft_bounce", FULL, "bounce: mailbox_full, for now"),
        ("soft_bounce", UNKNOWN, "bounce: unknown_user, for now"),
        ("invalid_email", "", "bounce: unknown_user, for good, suppress"),
        ("error", "", "bounce: system, open"),
        ("deferred", "451 4.7.1 Greylisted, try again later", "delay: rate, for now"),
        ("blocked", "", "bounce: disabled, for good, suppress"),
        ("spam", "", "complaint: unknown, for good, suppress"),
        ("unsubscribed", "", "complaint: unknown, for good, suppress"),
    ],
)
def test_events_of_brevo(event: str, reason: str, expected: str) -> None:
    assert in_short(read("brevo", brevo(event, reason))) == expected


def test_an_event_of_brevo_is_known_by_what_it_says_for_it_has_no_name() -> None:
    first, again = read("brevo", brevo("hard_bounce")), read("brevo", brevo("hard_bounce"))
    assert first.event_id == again.event_id != read("brevo", brevo("spam")).event_id
    assert first.message_ids == ("d1.abc@ilo.example.org",)
    assert first.headers == (("X-Mailin-custom", "issue=2026-03"),)
    assert first.at == datetime.datetime(2026, 3, 1, 9, 0, 0, 250000, tzinfo=datetime.UTC)


# --- All of them ---

_NOTHING = [
    *[("ses", ses(each, {}, "eventType")) for each in ("Send", "Delivery", "Open", "Click")],
    ("ses", ses("Rendering Failure", {"errorMessage": "x"}, "eventType")),
    ("ses", {"Type": "Notification", "MessageId": "m", "Message": "Successfully validated"}),
    ("ses", {"Type": "SubscriptionConfirmation", "MessageId": "m", "Message": "You have chosen"}),
    *[("mailgun", mailgun(each)) for each in ("accepted", "delivered", "opened", "clicked")],
    *[("postmark", {"RecordType": each}) for each in ("Delivery", "Open", "Click", "Inbound")],
    ("postmark", postmark("Subscribe")),
    ("postmark", postmark("OpenRelayTest")),
    *[("sendgrid", sendgrid(each)) for each in ("processed", "delivered", "open", "click")],
    ("sendgrid", sendgrid("account_status_change")),
    *[("brevo", brevo(each)) for each in ("request", "delivered", "unique_opened", "click")],
    *[(each, {"event": "new", "eventType": "New", "RecordType": "New"}) for each in PROVIDERS],
]


@pytest.mark.parametrize(("provider", "said"), _NOTHING)
def test_what_is_not_about_a_failure_or_a_wish_changes_nothing(provider: str, said: object) -> None:
    report = read(provider, said).report
    assert (report.kind, report.recipients) == (ReportKind.OTHER, ())
    assert report.evidence.startswith(provider)


@pytest.mark.parametrize(
    ("provider", "said", "routine"),
    [
        ("ses", ses("Delivery", {}), True),
        ("mailgun", mailgun("delivered"), True),
        ("postmark", {"RecordType": "Open"}, True),
        ("sendgrid", sendgrid("processed"), True),
        ("brevo", brevo("delivered"), True),
        ("ses", {"Type": "UnsubscribeConfirmation"}, False),
        ("mailgun", mailgun("new"), False),
        ("sendgrid", sendgrid("account_status_change"), False),
        ("sendgrid", sendgrid("bounce"), False),
    ],
)
def test_no_person_has_to_see_a_delivery(provider: str, said: object, routine: bool) -> None:
    assert read(provider, said).routine is routine


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"[[[]], 1, null]",
        b"\xff\xfe\x00",
        b"event=failed&recipient=anna%40example.org",
        b"[" * 500_000,
        b'{"a":' * 200_000,
        b"9" * 100_000,
        b'{"event": "\\ud800", "RecordType": "\\ud800"}',
        b'{"event": {"event": []}, "event-data": [], "Message": {}, "email": ["a"]}',
    ],
    ids=range(14),
)
def test_what_is_no_event_is_kept_and_changes_nothing(provider: str, raw: bytes) -> None:
    for posted in read_posted(provider, raw):
        assert posted.report.kind is ReportKind.OTHER
        assert posted.report.evidence
        posted.report.evidence.encode()


_NAMES = (
    "event event-data Type Message RecordType notificationType eventType Bounce bounce failed "
    "Notification Complaint DeliveryDelay complaint bouncedRecipients complainedRecipients mail "
    "emailAddress email Email recipient Recipient anna@example.org reason severity permanent "
    "hard_bounce dropped HardBounce SubscriptionChange SuppressSending headers name value message "
    "timestamp BouncedAt ts_epoch delivery-status code diagnosticCode bounceType Permanent"
)
_WORDS = st.sampled_from(_NAMES.split(" "))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=8),
    max_leaves=40,
)


@given(st.sampled_from(PROVIDERS), _JSON)
def test_no_shape_of_json_is_an_error(provider: str, said: object) -> None:
    raw = json.dumps(said).encode()
    found = read_posted(provider, raw)
    assert found
    assert [each.event_id for each in found] == [
        each.event_id for each in read_posted(provider, raw)
    ]


@given(st.sampled_from(PROVIDERS), st.binary(max_size=200))
def test_no_octets_are_an_error(provider: str, raw: bytes) -> None:
    (posted, *_) = read_posted(provider, raw)
    assert all(each.reason in ReturnReason for each in posted.report.recipients)
