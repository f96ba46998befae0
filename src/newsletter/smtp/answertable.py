"""What relays and mailbox providers say when mail comes too fast, too much, or from the wrong one.

One row for each text that somebody has seen: data, not code. `seen` is where: a page of the
provider, a public thread, or the source of the mail server. A row is matched against code, enhanced
code and words of a reply, letters of either case; the first that fits counts. `seconds`, `minutes`
and `hours` in a pattern read from the reply itself how long to wait.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an answer asks of us."""

    SLOW_DOWN = "slow-down"
    QUOTA = "quota"
    GREYLIST = "greylist"
    BLOCKED = "blocked"
    BUSY = "busy"


class About(StrEnum):
    """Whom an answer is about: our account at the relay, a recipient's provider, one mailbox."""

    RELAY = "relay"
    DOMAIN = "domain"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class Answer:
    """One row; `pause` is in seconds, none for longer than a pause helps."""

    pattern: re.Pattern[str]
    kind: Kind
    about: About
    pause: int | None
    words: str
    seen: str


def _row(
    kind: Kind, about: About, pause: int | None, pattern: str, words: str, seen: str
) -> Answer:
    return Answer(re.compile(pattern, re.IGNORECASE), kind, about, pause, words, seen)


_SLOW, _QUOTA, _GREY, _BLOCKED, _BUSY = Kind
_RELAY, _DOMAIN, _MAILBOX = About
_MINUTE, _HOUR = 60, 3600

_TODAY = "the relay takes no more mail from this account today"
_FAST = "the relay wants the mail more slowly: lower `messages_per_second`"
_CROWD = "the relay wants fewer connections at once: lower `connections`"
_FULL_READER = "this mailbox gets more mail than it may at the moment"
_GREYLISTED = "the server of this recipient takes mail of strangers only at a second try"

ANSWERS: tuple[Answer, ...] = (
    # --- Amazon SES ---
    _row(
        _SLOW,
        _RELAY,
        5,
        r"Throttling failure: Maximum sending rate exceeded",
        _FAST,
        "docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html",
    ),
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"Throttling failure: Daily message quota exceeded",
        _TODAY,
        "docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html",
    ),
    # --- Gmail, Google Workspace ---
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"Daily user sending (?:limit|quota) exceeded",
        _TODAY,
        "github.com/onepub-dev/onepub/issues/543, gen-smtp/gen_smtp/issues/140",
    ),
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"Daily SMTP relay limit exceeded for",
        _TODAY,
        "github.com/wazuh/wazuh/issues/15825",
    ),
    _row(
        _SLOW,
        _RELAY,
        10 * _MINUTE,
        r"Peak SMTP relay limit exceeded for",
        _FAST,
        "support.google.com/a/answer/3726730",
    ),
    _row(
        _SLOW,
        _MAILBOX,
        _HOUR,
        r"The user you are trying to contact is receiving e?mail (?:too "
        r"quickly|at a rate)",
        _FULL_READER,
        "support.google.com/a/answer/3726730",
    ),
    _row(
        _SLOW,
        _DOMAIN,
        _HOUR,
        r"^421 4\.7\.\d+ .*has detected an unusual rate of",
        "Gmail takes mail from the relay more slowly: its reputation, or too much at once",
        "github.com/mail-in-a-box/mailinabox/issues/1771, Purelymail/purelymail-issues/issues/354",
    ),
    _row(
        _BLOCKED,
        _DOMAIN,
        None,
        r"^5\d\d .*has detected an unusual rate of",
        "Gmail takes no mail from the relay: too much of it was called spam",
        "github.com/maxking/docker-mailman/issues/303",
    ),
    _row(
        _BUSY,
        _RELAY,
        _MINUTE,
        r"421 4\.3\.0 Temporary System Problem\.",
        "Gmail is in trouble",
        "github.com/nodemailer/smtp-server/issues/182",
    ),
    _row(
        _BUSY,
        _RELAY,
        _MINUTE,
        r"421 4\.4\.5 Server busy, try again later",
        "Gmail is busy",
        "support.google.com/a/answer/3726730",
    ),
    _row(
        _BUSY,
        _RELAY,
        5 * _MINUTE,
        r"421 4\.7\.0 Try again later, closing connection",
        "Gmail wants to be left alone for a while",
        "support.google.com/a/answer/3726730",
    ),
    # --- Microsoft 365, Exchange, Outlook.com ---
    _row(
        _SLOW,
        _RELAY,
        _MINUTE,
        r"Concurrent connections limit exceeded",
        f"{_CROWD} to 3",
        "learn.microsoft.com/exchange/troubleshoot/send-emails/"
        "smtp-submission-improvements, github.com/sabuhish/fastapi-mail/issues/75",
    ),
    _row(
        _SLOW,
        _RELAY,
        _MINUTE,
        r"sender thread limit exceeded",
        f"{_CROWD} to 3",
        "github.com/timeoff-management/timeoff-management-application/issues/308",
    ),
    _row(
        _SLOW,
        _MAILBOX,
        5 * _MINUTE,
        r"recipient thread limit exceeded",
        _FULL_READER,
        "github.com/MicrosoftDocs/OfficeDocs-Exchange/pull/2409",
    ),
    _row(
        _SLOW,
        _RELAY,
        _MINUTE,
        r"The maximum number of concurrent connections (?:per resource "
        r"forest )?has exceeded a limit",
        _CROWD,
        "snapoverflow.com/server/question/402011, smtp.codes/exchangeonline",
    ),
    _row(
        _SLOW,
        _RELAY,
        _MINUTE,
        r"Message submission rate for this client has exceeded",
        _FAST,
        "portal.iridis.uk/?action=article&cmd=knowledgebase&id=164",
    ),
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"SubmissionQuotaExceededException",
        _TODAY,
        "github.com/MicrosoftDocs/OfficeDocs-Support/issues/1150",
    ),
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"you've reached your daily limit for message recipients",
        _TODAY,
        "github.com/MicrosoftDocs/OfficeDocs-Exchange/issues/2729",
    ),
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"your tenant has exceeded its daily limit for sending e-?mail",
        "the whole organisation has used up what Microsoft 365 lets it send in a day",
        "learn.microsoft.com/en-us/answers/questions/5835651",
    ),
    _row(
        _BLOCKED,
        _RELAY,
        None,
        r"mailbox full; STOREDRV\.Submission\.",
        "the mailbox of the account is full: empty its “Sent Items”, or keep them for less long",
        "learn.microsoft.com/exchange/troubleshoot/send-emails/smtp-submission-improvements",
    ),
    _row(
        _BLOCKED,
        _RELAY,
        None,
        r"Access denied, bad outbound sender",
        "Microsoft 365 has blocked the account: an administrator finds it under “Restricted "
        "entities”",
        "guava.pro/removing-a-user-from-the-restricted-users-portal-after-sending-"
        "spam-email, support.uidaho.edu/TDClient/40/Portal/KB/ArticleDet?ID=2233",
    ),
    _row(
        _BLOCKED,
        _RELAY,
        None,
        r"Access denied, tenant has exceeded threshold",
        "Microsoft 365 has blocked the whole organisation: its administrator has to act",
        "learn.microsoft.com: fix-error-code-5-7-700-through-5-7-750",
    ),
    _row(
        _BLOCKED,
        _RELAY,
        None,
        r"Access denied, traffic not accepted from this IP",
        "Microsoft 365 takes nothing from this address: usual for new or trial organisations",
        "learn.microsoft.com: fix-error-code-5-7-700-through-5-7-750",
    ),
    _row(
        _SLOW,
        _DOMAIN,
        10 * _MINUTE,
        r"4\.7\.5\d\d Server busy\. Please try again later",
        "Microsoft 365 takes mail from the relay more slowly",
        "helpdesk.spamtitan.com/support/solutions/articles/4000198917, smtp.codes/exchangeonline",
    ),
    _row(
        _SLOW,
        _DOMAIN,
        _HOUR,
        r"has been temporarily rate limited due to IP reputation",
        "Outlook.com takes mail from the relay more slowly: its reputation",
        "forum.directadmin.com/threads/82240, github.com/ActiveCampaign/smtp-field-manual/pull/89",
    ),
    _row(
        _SLOW,
        _DOMAIN,
        _HOUR,
        r"We have limits for how many messages can be sent per hour",
        "Outlook.com takes mail from the relay more slowly",
        "knowledge.validity.com/hc/en-us/articles/220561887",
    ),
    _row(
        _BLOCKED,
        _DOMAIN,
        None,
        r"does not meet the required authentication level",
        "Outlook.com wants SPF, DKIM and DMARC to pass: see `newsletter doctor`",
        "techcommunity.microsoft.com: high-volume senders, 2025; support.microsoft.com: 5.7.515",
    ),
    # --- Yandex ---
    _row(
        _SLOW,
        _MAILBOX,
        _HOUR,
        r"The recipient \S+ has exceeded their message rate limit",
        _FULL_READER,
        "mail logs of 2011 and 2015 (pastebin.com/Pxdx1Lg2, pEBS5hy4)",
    ),
    _row(
        _BLOCKED,
        _RELAY,
        None,
        r"Message rejected under suspicion of SPAM",
        "Yandex takes the mail for spam, and from this account nothing more for a day: each try "
        "makes it longer",
        "github.com/chatmail/provider-db/issues/205, github.com/pocketbase/pocketbase/issues/1068",
    ),
    # --- Mail.ru ---
    _row(
        _SLOW,
        _RELAY,
        10 * _MINUTE,
        r"Ratelimit exceeded for mailbox",
        _FAST,
        "comments with the reply of smtp.mail.ru in public sources (private_values.py)",
    ),
    _row(
        _BLOCKED,
        _RELAY,
        None,
        r"message sending for this account is disabled",
        "Mail.ru has blocked the account: log in with a browser and change the password",
        "mailout.ru/2015/09",
    ),
    _row(
        _BLOCKED,
        _RELAY,
        None,
        r"spam message rejected\. Please visit \S*help\.mail\.ru",
        "Mail.ru takes the mail for spam: the page that it names leads to its support",
        "pastebin.com/Hqci3uYW, errorsmaster.ru/oshibka-550-spam-message-rejected",
    ),
    # --- Yahoo, AOL ---
    _row(
        _SLOW,
        _DOMAIN,
        4 * _HOUR,
        r"\[TSS?\d\d\] Messages from \S+ temporarily deferred",
        "Yahoo takes nothing from the relay for some hours: too much at once, or complaints",
        "help.yahoo.com/kb/SLN3434.html, github.com/docker-mailserver/docker-mailserver/issues/628",
    ),
    _row(
        _BLOCKED,
        _DOMAIN,
        None,
        r"\[TS\d\d\] All messages from \S+ permanently deferred",
        "Yahoo takes nothing from the relay: too much of its mail was called spam",
        "help.yahoo.com/kb/SLN3436.html",
    ),
    # --- GMX, WEB.DE, IONOS ---
    _row(
        _SLOW,
        _DOMAIN,
        2 * _HOUR,
        r"421 Rate limit reached\. Please try again later",
        "too much mail at once from the relay: it is taken again in some hours",
        "new-faq.comservice-ffo.de/smtp-fehlermeldungen-e-mail-fehler",
    ),
    _row(
        _BLOCKED,
        _DOMAIN,
        None,
        r"IP address is block listed\.",
        "GMX takes nothing from the relay: its address is on a block list",
        "postmaster.gmx.com/en/error-messages",
    ),
    # --- Services for sending ---
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"Maximum credits exceeded",
        "the credits of the SendGrid account are used up",
        "github.com/mautic/mautic/issues/8721",
    ),
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"You've exceeded your messaging limits",
        "the account at SendGrid may send no more for now",
        "github.com/WA-WF-Bot/WA-WF-Bot-Public/issues/282",
    ),
    _row(
        _SLOW,
        _RELAY,
        2,
        r"Messages per second limit exceeded",
        _FAST,
        "emailit.com/docs/smtp/troubleshooting",
    ),
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"Daily message limit exceeded",
        _TODAY,
        "emailit.com/docs/smtp/troubleshooting",
    ),
    _row(
        _SLOW,
        _RELAY,
        2 * _MINUTE,
        r"Too many messages\. Try again in (?P<seconds>\d+) seconds",
        _FAST,
        "client.cloud4u.com/index.php/knowledgebase/1041 (NotiSend)",
    ),
    _row(
        _BLOCKED,
        _RELAY,
        None,
        r"Unusual sending activity detected",
        "Zoho has blocked the account: unblock it at mail.zoho.com/UnblockMe, then send less",
        "github.com/cachethq/cachet/issues/3052",
    ),
    _row(
        _QUOTA,
        _RELAY,
        _HOUR,
        r"mail rate exceeded limit",
        "the Zoho account has used up what it may send in an hour",
        "help.zoho.com/portal/ar/community/topic/error-unable-to-send-message-reason-550-5-4-6",
    ),
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"You have exceeded your Outmail quota",
        "the quota at outMail is used up",
        "support.prolateral.com: Knowledgebase 187",
    ),
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"Message would take you over your relay quota",
        _TODAY,
        "github.com/WWBN/AVideo/issues/7527",
    ),
    _row(
        _SLOW,
        _RELAY,
        _HOUR,
        r"Please wait to send more emails, or contact support",
        _FAST,
        "github.com/Purelymail/purelymail-issues/issues/262",
    ),
    # --- Mail servers that offices run ---
    _row(
        _SLOW,
        _RELAY,
        _MINUTE,
        r"Error: too (?:much mail|many recipients) from",
        _FAST,
        "Postfix, smtpd.c: smtpd_client_message_rate_limit",
    ),
    _row(
        _SLOW,
        _RELAY,
        _MINUTE,
        r"Error: too many connections from",
        _CROWD,
        "Postfix; bytecamp.net/de/faq/email/zustellen.html",
    ),
    _row(
        _SLOW,
        _RELAY,
        _MINUTE,
        r"Too many concurrent SMTP connections",
        _CROWD,
        "Exim; github.com/PHPMailer/PHPMailer/issues/2070",
    ),
    _row(
        _SLOW,
        _RELAY,
        _MINUTE,
        r"4\.7\.1 Rate ?limit (?:\S+ )?exceeded",
        _FAST,
        "rspamd: github.com/mailcow/mailcow-dockerized/issues/5304, "
        "rmilter: kvaps/docker-kolab/issues/12",
    ),
    _row(
        _SLOW,
        _RELAY,
        5 * _MINUTE,
        r"You are sending too many emails too fast",
        _FAST,
        "Mailu: github.com/Mailu/Mailu/issues/2416",
    ),
    _row(
        _SLOW,
        _RELAY,
        5 * _MINUTE,
        r"too many requests per time unit",
        _FAST,
        "github.com/goauthentik/authentik/issues/10720",
    ),
    _row(
        _QUOTA,
        _RELAY,
        _HOUR,
        r"Number messages per hour exceeded",
        "the relay takes no more mail from this account in this hour",
        "github.com/rubymonsters/speakerinnen_liste/issues/1357",
    ),
    _row(
        _QUOTA,
        _RELAY,
        None,
        r"limit of \d+ rcpts per 24 hours for client \S+ reached",
        _TODAY,
        "github.com/deltachat/deltachat-core/issues/647",
    ),
    _row(
        _BLOCKED,
        _RELAY,
        None,
        r"Client host (?:\[\S+\] )?blocked using",
        "the address that the mail comes from is on a block list, which the reply names",
        "support.nhs.net, January 2024; smtp.codes/exchangeonline",
    ),
    # --- Greylisting (RFC 6647) ---
    _row(
        _GREY,
        _MAILBOX,
        5 * _MINUTE,
        r"\bGreylisted(?: for (?P<seconds>\d+) seconds)?",
        _GREYLISTED,
        "Postgrey: github.com/schweikert/postgrey/issues/84 and 86",
    ),
    _row(
        _GREY,
        _MAILBOX,
        5 * _MINUTE,
        r"Delayed by Postgrey",
        _GREYLISTED,
        "github.com/docker-mailserver/docker-mailserver/issues/3497",
    ),
    _row(
        _GREY,
        _MAILBOX,
        5 * _MINUTE,
        r"Greylisting in action, please come back (?:later|in "
        r"(?P<hours>\d\d):(?P<minutes>\d\d):(?P<seconds>\d\d))",
        _GREYLISTED,
        "milter-greylist: its source, and github.com/rspamd/rspamd/issues/1498 for what follows",
    ),
    _row(
        _GREY,
        _MAILBOX,
        5 * _MINUTE,
        r"^451 4\.7\.1 Try again later$",
        _GREYLISTED,
        "rspamd: github.com/Mailu/Mailu/issues/1742, postalserver/postal/issues/576",
    ),
    _row(
        _GREY,
        _MAILBOX,
        5 * _MINUTE,
        r"^4\d\d (?:4\.\d+\.\d+ )?greylisting(?:, please try again"
        r" later| in progress)",
        _GREYLISTED,
        "pastebin.com/gzYuEyr5, pastebin.com/rWCiGDGh",
    ),
    # --- What the standard itself proposes ---
    _row(
        _BUSY,
        _RELAY,
        10 * _MINUTE,
        r"^452 .*insufficient system storage",
        "the disk of the relay is full",
        "RFC 5321 4.2.3",
    ),
    _row(
        _BUSY,
        _RELAY,
        _MINUTE,
        r"^421 .*please come back in (?P<seconds>\d+) seconds",
        "the relay is busy",
        "cr.yp.to/smtp/greeting.html",
    ),
    _row(
        _BUSY,
        _RELAY,
        _MINUTE,
        r"^421 .*Service not available, closing transmission channel",
        "the relay is closing",
        "RFC 5321 4.2.3",
    ),
)
"""All that is known, what is more particular first."""
