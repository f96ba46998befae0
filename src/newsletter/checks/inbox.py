"""Rules about what an inbox shows before a mail is opened: the subject and the line after it."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found, Mail
from newsletter.checks.page import Page, one_line
from newsletter.checks.rule import rule
from newsletter.model.finding import Severity

_SHOUTED = re.compile(r"\b[^\W\d_]{5,}\b")
_URGENT = re.compile(r"[!?]{2,}|\${2,}|\u203c|\u2049")
_PADDING = re.compile(r"[\u034f\u00ad\u200b-\u200d\u2007\u2060\ufeff\u00a0\s]+")
_ALL_INBOXES = 140
"""Characters that the widest line of an inbox shows after the subject."""


@rule(
    "subject-length",
    Severity.WARNING,
    title="The subject fits into an inbox on a desk",
    source="inboxes on a desk show 50 to 70 characters",
    mend="shorten it, and begin with what matters",
    limits={"longest": 70},
    mail_only=True,
)
def subject_length(mail: Mail, *, longest: float) -> Iterator[Found]:
    """What an inbox cuts off was written for nobody; on a phone about 40 characters are left."""
    if mail.subject and (length := len(mail.subject)) > longest:
        yield Found(
            mail.origin.subject(),
            f"the subject has {length} characters; inboxes cut it after {longest:.0f}",
        )


@rule(
    "subject-shouts",
    Severity.WARNING,
    title="The subject does not shout",
    source="SpamAssassin: SUBJ_ALL_CAPS, PLING_QUERY",
    mend="write it as a sentence: small letters, no !!!",
)
def subject_shouts(mail: Mail) -> Iterator[Found]:
    """Capitals and rows of !!! are what advertisers use: spam filters count them, readers too."""
    subject = mail.subject or ""
    long_words = _SHOUTED.findall(subject)
    shouted = [word for word in long_words if word.isupper()]
    if found := _URGENT.search(subject):
        yield Found(mail.origin.subject(), f"the subject has “{found.group()}” in it")
    if len(shouted) > 1 and len(shouted) * 2 > len(long_words):
        yield Found(mail.origin.subject(), f"the subject is in capitals: “{' '.join(shouted)}”")


@rule(
    "subject-number",
    Severity.NOTE,
    title="The subject names the issue, or what is in it",
    source="an archive of mails is searched by its subjects",
    mend="name the number of the issue, like “No. 1 (60)”, or its main story",
    limits={"shortest": 12},
)
def subject_number(checked: Checked, *, shortest: float) -> Iterator[Found]:
    """“Newsletter” is the subject of a hundred other mails in the same inbox."""
    for language, text in checked.composition.issue.texts.items():
        if len(text.subject) < shortest and not any(letter.isdigit() for letter in text.subject):
            yield Found(
                checked.issue_place(language, "subject"),
                f"the subject “{text.subject}” could be that of any issue",
            )


@rule(
    "subject-front",
    Severity.NOTE,
    title="What is new stands where a phone still shows it",
    source="Gmail and Mail on a phone show 37 to 48 characters",
    mend="put what is new before the name of the newsletter and the number",
    limits={"shown": 37},
    mail_only=True,
)
def subject_front(checked: Checked, *, shown: float) -> Iterator[Found]:
    """Where the beginning only names the series, all issues look alike on a phone."""
    for language, text in checked.composition.issue.texts.items():
        before, colon, after = text.subject.partition(": ")
        if after and len(before) + len(colon) >= shown:
            yield Found(
                checked.issue_place(language, "subject"),
                f"a phone shows only “{text.subject[: int(shown)]}…”",
            )


@rule(
    "preheader-repeats",
    Severity.ERROR,
    title="The preheader says something other than the subject",
    source="the house",
    mend="say what else is in the issue",
)
def preheader_repeats(mail: Mail) -> Iterator[Found]:
    """The line after the subject is a second try; repeated, it looks like a mistake."""
    if mail.preheader and _same(mail.preheader) == _same(mail.subject or ""):
        yield Found(mail.origin.preheader(), "the preheader repeats the subject")


@rule(
    "preheader",
    Severity.WARNING,
    title="The preheader has the length that inboxes show",
    source="clients show 40 to 140 characters of it",
    mend="say in one sentence what else is in the issue",
    limits={"shortest": 40, "longest": 110},
    mail_only=True,
)
def preheader(mail: Mail, *, shortest: float, longest: float) -> Iterator[Found]:
    """A short one lets words of the page spill into the inbox, a long one is cut."""
    if mail.preheader is None or _same(mail.preheader) == _same(mail.subject or ""):
        return
    if not shortest <= (length := len(mail.preheader)) <= longest:
        yield Found(
            mail.origin.preheader(),
            f"the preheader has {length} characters; {shortest:.0f} to {longest:.0f} read best",
            "lengthen it" if length < shortest else "shorten it",
        )


@rule(
    "preheader-missing",
    Severity.WARNING,
    title="The page begins with the preheader",
    source="mail programs show the first words of a page",
    mend="print edition.preheader in a hidden element at the top of <mj-body>",
    in_html="print it in a hidden element at the top of <body>",
    mail_only=True,
)
def preheader_missing(mail: Mail) -> Iterator[Found]:
    """Without it inboxes show “View in browser”, or whatever else stands first."""
    if mail.preheader is None:
        return
    if not _inbox_line(mail.page).startswith(_same(mail.preheader)):
        yield mail.whole("the page does not begin with the preheader")


@rule(
    "preheader-padding",
    Severity.WARNING,
    title="After the preheader comes a gap that no inbox can fill",
    source="inboxes that show 140 characters fill them with the words of the page",
    mend='let invisible characters follow: `{{ ("&#8199;&#847;&zwnj; " * 50) | safe }}`',
    in_html="let invisible characters follow: &#8199;&#847;&zwnj; fifty times",
    mail_only=True,
)
def preheader_padding(mail: Mail) -> Iterator[Found]:
    """Where the preheader is short, inboxes go on with the page: “…Central Asia Русский View”."""
    if mail.preheader is None:
        return
    line = _raw_inbox_line(mail.page)
    said = _same(mail.preheader)
    if not _PADDING.sub(" ", line).strip().casefold().startswith(said):
        return  # that is told by preheader-missing
    rest = _PADDING.match(line, len(mail.preheader))
    room = len(mail.preheader) + (len(rest.group()) if rest else 0)
    if room < _ALL_INBOXES:
        message = "the preheader is followed by the words of the page in wide inboxes"
        holder = _holder(mail.page, said)
        yield mail.whole(message) if holder is None else mail.at_tag(holder, message)


def _same(text: str) -> str:
    return one_line(text).casefold()


def _raw_inbox_line(page: Page) -> str:
    """Return the words at the start of the page, hidden ones too, as inboxes take them."""
    body = next(iter(page.all("body")), page.root)
    return "".join(body.itertext()).lstrip()[: 8 * _ALL_INBOXES]


def _holder(page: Page, said: str) -> Element | None:
    """Return the innermost element that begins with the preheader."""
    found = None
    for each in (next(iter(page.all("body")), page.root)).iter():
        if _PADDING.sub(" ", "".join(each.itertext())).strip().casefold().startswith(said):
            found = each
        elif found is not None:
            break
    return found


def _inbox_line(page: Page) -> str:
    return _PADDING.sub(" ", _raw_inbox_line(page)).strip().casefold()
