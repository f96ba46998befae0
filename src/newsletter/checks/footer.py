"""Rules about what a reader must find in every mail: who, why, where, and the way out."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found, Mail
from newsletter.checks.page import one_line
from newsletter.checks.rule import rule
from newsletter.model.edition import SLOTS
from newsletter.model.finding import Severity
from newsletter.model.rendering import SLOT

UNSUBSCRIBE = "[[unsubscribe_url]]"


@rule(
    "unsubscribe",
    Severity.ERROR,
    title="Both parts have a visible link to unsubscribe",
    source="Google and Yahoo: guidelines for senders; CAN-SPAM 5(a)(3)",
    mend='write <a href="{{ slots.unsubscribe_url }}"> with words in it',
    mail_only=True,
)
def unsubscribe(checked: Checked) -> Iterator[Found]:
    """Readers' right, and senders' luck: who does not find it presses “spam”."""
    for language, mail in checked.mails.items():
        if not any(link.href == UNSUBSCRIBE and link.label for link in mail.page.links):
            yield mail.whole(f"the {language} edition has no visible link to unsubscribe")
        if UNSUBSCRIBE not in (mail.text or ""):
            yield mail.in_text(
                f"the text of the {language} edition has no address to unsubscribe",
                "write {{ slots.unsubscribe_url }} in a line of its own",
            )


@rule(
    "unsubscribe-header",
    Severity.ERROR,
    title="The head of the mail offers to unsubscribe with one click",
    source="RFC 8058 3.1; Google and Yahoo: guidelines for senders",
    mend="set `public_url` to an address with https:// that the whole web can reach",
    mail_only=True,
)
def unsubscribe_header(checked: Checked) -> Iterator[Found]:
    """Gmail shows its own “Unsubscribe” beside the sender, if the address is on https.

    The fields List-Unsubscribe and List-Unsubscribe-Post are written from `public_url`.
    """
    url = checked.composition.office.settings.public_url
    if urlsplit(url).scheme != "https":
        message = f"List-Unsubscribe would lead to {url}, which is not https"
        yield Found(checked.settings_place("public_url"), message)


@rule(
    "postal-address",
    Severity.ERROR,
    title="Both parts name the sender's postal address",
    source="CAN-SPAM 5(a)(5); Directive 2000/31/EC, article 5",
    mend="print every line of edition.publisher.address",
    mail_only=True,
)
def postal_address(checked: Checked) -> Iterator[Found]:
    """Laws on mass mail ask for it, and readers trust a sender whom they can find."""
    for language, mail in checked.mails.items():
        lines = checked.edition(language).publisher.address
        if missing := _missing(lines, mail.page.words):
            yield mail.whole(f"the {language} edition lacks of the postal address: {missing}")
        if missing := _missing(lines, one_line(mail.text or "")):
            yield mail.in_text(f"the {language} text lacks of the postal address: {missing}")


@rule(
    "sender-named",
    Severity.WARNING,
    title="Both parts name who publishes the newsletter",
    source="Directive 2002/58/EC, article 13(4): the identity of the sender may not be hidden",
    mend="print edition.publisher.name or short_name",
    mail_only=True,
)
def sender_named(checked: Checked) -> Iterator[Found]:
    """A forwarded mail has lost its sender; the page must still say whose it is."""
    for language, mail in checked.mails.items():
        publisher = checked.edition(language).publisher
        names = [one_line(each).casefold() for each in (publisher.name, publisher.short_name)]
        if not any(name in mail.page.words.casefold() for name in names):
            yield mail.whole(f"the {language} page does not say who publishes it")
        if not any(name in one_line(mail.text or "").casefold() for name in names):
            yield mail.in_text(f"the {language} text does not say who publishes it")


@rule(
    "reason-named",
    Severity.WARNING,
    title="Both parts say why the reader gets this mail",
    source="GDPR, articles 13 and 14; guidelines of mail providers for senders",
    mend="print edition.publisher.reason",
    mail_only=True,
)
def reason_named(checked: Checked) -> Iterator[Found]:
    """Whoever has forgotten that they subscribed presses “spam” instead of “unsubscribe”."""
    for language, mail in checked.mails.items():
        reason = one_line(checked.edition(language).publisher.reason)
        if reason not in mail.page.words:
            yield mail.whole(f"the {language} page does not say why the reader gets it")
        if reason not in one_line(mail.text or ""):
            yield mail.in_text(f"the {language} text does not say why the reader gets it")


@rule(
    "view-online",
    Severity.WARNING,
    title="Both parts lead to the same edition on the web",
    source="the house; Outlook and watches draw pages badly",
    mend="print a link to edition.view_url",
    mail_only=True,
)
def view_online(checked: Checked) -> Iterator[Found]:
    """Where a mail program draws the page badly, readers can open it in a browser."""
    for language, mail in checked.mails.items():
        urls = [checked.composition.editions[each].view_url for each in mail.languages]
        if not any(link.href in urls for link in mail.page.links):
            yield mail.whole(f"the {language} page has no link to itself on the web")
        if not any(url in (mail.text or "") for url in urls):
            yield mail.in_text(f"the {language} text has no address of itself on the web")


@rule(
    "slots-alike",
    Severity.WARNING,
    title="What is filled in for each reader stands in both parts",
    source="RFC 2046 5.1.4: the parts of an alternative say the same",
    mend="write {{ slots.NAME }} in the other template too",
    in_html="write it in the other part too",
    mail_only=True,
)
def slots_alike(mail: Mail) -> Iterator[Found]:
    """Readers of plain text want to be greeted, and to change their settings, like the others."""
    if mail.text is None or not mail.ours:
        return
    page, text = (set(SLOT.findall(part)) & SLOTS.keys() for part in (mail.html, mail.text))
    for name in sorted(page - text - {"unsubscribe_url"}):
        yield mail.in_text(f"the {mail.language} text lacks [[{name}]], which the page has")
    for name in sorted(text - page - {"unsubscribe_url"}):
        yield mail.whole(f"the {mail.language} page lacks [[{name}]], which the text has")


def _missing(lines: tuple[str, ...], words: str) -> str:
    return "; ".join(line for line in lines if one_line(line) not in words)
