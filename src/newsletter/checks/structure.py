"""Rules about the HTML of the page: language, title, headings, tables, letters."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from newsletter.checks.mail import Found, Mail
from newsletter.checks.rule import rule
from newsletter.checks.scripts import has_own_letters, script_of
from newsletter.languages import direction
from newsletter.model.finding import Severity

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = ("p", "li", "td", "th", "div", *_HEADINGS)
_HOLD_BLOCKS = (*_BLOCKS, "table", "ul", "ol", "blockquote", "tr", "tbody")
_PLAYS_NO_PART = ("presentation", "none")
_NO_ZOOM = re.compile(r"user-scalable\s*=\s*(?:no|0)|maximum-scale\s*=\s*1(?:\.0*)?(?![\d.])")


@rule(
    "page-language",
    Severity.ERROR,
    title="The page names its language",
    source="WCAG 2.2 3.1.1",
    mend='write <mjml lang="{{ edition.language }}" dir="{{ edition.direction }}">',
    in_html='write <html lang="…"> with the language of the mail, such as en or ru',
    mail_only=True,
)
def page_language(mail: Mail) -> Iterator[Found]:
    """Else it is read out in the wrong voice; 96 of 100 mails say nothing."""
    given = mail.page.language
    wanted = next(iter(mail.languages), mail.language)  # of several the page has the first
    if not given:
        yield mail.at_tag(mail.page.root, "the page does not say what language it is in")
    elif given != wanted:
        message = f"the {wanted} edition says that its language is “{given}”"
        yield mail.at_tag(mail.page.root, message)


@rule(
    "wrapper-language",
    Severity.ERROR,
    title="The outermost element inside <body> names the language too",
    source="webmail shows what is inside <body>, without <html> and its lang (caniemail.com)",
    mend='MJML does it by itself from <mjml lang="…">; in HTML write <div lang="…" dir="…">',
    in_html='write lang="…" on it too, with the language of <html>',
    mail_only=True,
)
def wrapper_language(mail: Mail) -> Iterator[Found]:
    """Gmail, Outlook on the web and Mail.ru cut <html> off, and its language with it."""
    page = mail.page
    body = next(iter(page.all("body")), None)
    if body is None or not page.language:
        return
    seen = [each for each in body if not page.is_hidden(each) and page.text(each)]
    if any("lang" not in each.attrib for each in seen):
        bare = next(each for each in seen if "lang" not in each.attrib)
        yield mail.at_tag(bare, f"the element <{bare.tag}> around the page names no language")


@rule(
    "page-direction",
    Severity.ERROR,
    title="The page says in which direction it is read",
    source="HTML 3.2.6.4; WCAG 2.2 1.3.2",
    mend='write <mjml lang="{{ edition.language }}" dir="{{ edition.direction }}">',
    in_html='write <html dir="ltr">, or dir="rtl" for Arabic, Hebrew or Persian',
    mail_only=True,
)
def page_direction(mail: Mail) -> Iterator[Found]:
    """A page without `dir` takes that of the mail program around it: wrong for half the world."""
    page = mail.page
    given = page.root.get("dir", "")
    wanted = direction(page.language or mail.language or "en")
    if given not in (wanted, "auto"):
        yield mail.at_tag(page.root, f"the page has the direction “{given}”; it must be {wanted}")


@rule(
    "part-language",
    Severity.WARNING,
    title="What is in another language says so",
    source="WCAG 2.2 3.1.2",
    mend='put lang="…" on the element with the foreign words',
    limits={"words": 4},
    mail_only=True,
)
def part_language(mail: Mail, *, words: float) -> Iterator[Found]:
    """A Russian voice reads English words letter by letter, and the other way round.

    Told apart by their alphabets: a text of at least so many words, none in that of its language.
    """
    page = mail.page
    if mail.language and page.language != mail.language:
        return  # that is told by page-language
    for element in page.elements:
        if page.is_hidden(element) or element.tag not in ("a", *_BLOCKS):
            continue
        language = page.language_of(element)
        if not script_of(language) or any(each.tag in _HOLD_BLOCKS for each in element):
            continue
        text = page.text(element)
        if has_own_letters(text, language) or _inner_language(element):
            continue
        if len([each for each in text.split() if each.isalpha()]) >= words:
            yield mail.at(
                element, f"“{text[:40]}” stands in a text in the language {language or '?'}"
            )


def _inner_language(element: Element) -> bool:
    return any("lang" in each.attrib for each in element.iter() if each is not element)


@rule(
    "link-language",
    Severity.WARNING,
    title="A link to another edition says what language its words are in",
    source="WCAG 2.2 3.1.2; HTML 4.6.1",
    mend='write <a href="…" lang="{{ other.language }}" hreflang="{{ other.language }}">',
    in_html='write <a href="…" lang="…"> with the language of the words in it',
    mail_only=True,
)
def link_language(mail: Mail) -> Iterator[Found]:
    """“Русский” on an English page is gibberish to a voice that reads English."""
    page = mail.page
    for link in page.links:
        said = link.element.get("hreflang", "")
        if said and said not in (page.language_of(link.element), *_mentioned(link.element)):
            yield mail.at_tag(
                link.element, f"“{link.label}” leads to a page in {said} and has no lang"
            )


def _mentioned(element: Element) -> list[str]:
    return [each.get("lang", "") for each in element.iter() if "lang" in each.attrib]


@rule(
    "page-title",
    Severity.ERROR,
    title="The page has a title",
    source="WCAG 2.2 2.4.2",
    mend="write <mj-title>{{ edition.subject }}</mj-title> into <mj-head>",
    in_html="write <title>…</title> into <head>, best with the subject",
    mail_only=True,
)
def page_title(mail: Mail) -> Iterator[Found]:
    """Screen readers begin with it, browsers show it."""
    if not mail.page.title:
        titles = mail.page.all("title")
        message = "the page has no title"
        yield mail.at_tag(titles[0], message) if titles else mail.whole(message)


@rule(
    "page-charset",
    Severity.ERROR,
    title="The page says that it is in UTF-8",
    source="HTML 4.2.5.4; RFC 2046 4.1.2",
    mend='write <meta charset="utf-8">; MJML does it by itself',
    in_html='write <meta charset="utf-8"> first in <head>',
    mail_only=True,
)
def page_charset(mail: Mail) -> Iterator[Found]:
    """Saved or forwarded, a page without it turns Cyrillic letters into signs nobody can read."""
    for meta in mail.page.all("meta"):
        content = meta.get("content", "") if meta.get("http-equiv", "").lower() else ""
        named = meta.get("charset") or content.lower().partition("charset=")[2]
        if named:
            if named.strip().lower() not in ("utf-8", "utf8"):
                yield mail.at_tag(meta, f"the page says that it is in {named}")
            return
    yield mail.whole("the page does not say what encoding it has")


@rule(
    "page-zoom",
    Severity.WARNING,
    title="A phone draws the page in its own width, and readers may enlarge it",
    source="WCAG 2.2 1.4.4 and 1.4.10",
    mend='write <meta name="viewport" content="width=device-width, initial-scale=1">',
    mail_only=True,
)
def page_zoom(mail: Mail) -> Iterator[Found]:
    """Without it a phone draws a page for a desk, a third of its size."""
    metas = [each for each in mail.page.all("meta") if each.get("name", "").lower() == "viewport"]
    if not metas:
        yield mail.whole("the page has no <meta name=viewport>")
    for meta in metas:
        if found := _NO_ZOOM.search(meta.get("content", "").lower()):
            yield mail.at_tag(meta, f"“{found.group()}” forbids readers to enlarge the page")


@rule(
    "heading-first",
    Severity.WARNING,
    title="The page has one h1, before all other headings",
    source="WCAG 2.2 1.3.1 and 2.4.6; techniques H42, G141",
    mend="write <h1> for the name of the newsletter, and no other",
    mail_only=True,
)
def heading_first(mail: Mail) -> Iterator[Found]:
    """Readers of screens jump by headings; the h1 says what this is."""
    headings = _headings(mail)
    if not headings:
        yield mail.whole("the page has no heading")
        return
    if headings[0].tag != "h1":
        message = (
            f"the first heading, “{mail.page.text(headings[0])[:40]}”, is an {headings[0].tag}"
        )
        yield mail.at_tag(headings[0], message)
    for second in [each for each in headings if each.tag == "h1"][1:]:
        yield mail.at_tag(second, f"“{mail.page.text(second)[:40]}” is a second h1")


@rule(
    "heading-levels",
    Severity.WARNING,
    title="No level of headings is skipped",
    source="WCAG 2.2 1.3.1; technique H42",
    mend="use the next level; make it larger or smaller by style",
    mail_only=True,
)
def heading_levels(mail: Mail) -> Iterator[Found]:
    """From h2 to h4 something seems to be missing, and readers look for it."""
    before = 0
    for heading in _headings(mail):
        level = int(heading.tag[1])
        if before and level > before + 1:
            text = mail.page.text(heading)[:40]
            yield mail.at_tag(heading, f"“{text}” is an h{level} after an h{before}")
        before = level


@rule(
    "heading-empty",
    Severity.ERROR,
    title="Every heading has words",
    source="WCAG 2.2 2.4.6; HTML 4.3.6",
    mend="remove it, or write what comes",
    mail_only=True,
)
def heading_empty(mail: Mail) -> Iterator[Found]:
    """“Heading level 2”, says the screen reader, and nothing else."""
    for heading in _headings(mail):
        if not mail.page.label(heading):
            yield mail.at_tag(heading, f"an {heading.tag} has no words")


@rule(
    "table-role",
    Severity.ERROR,
    title="Tables that only arrange things are marked as such",
    source="WCAG 2.2 1.3.1; ARIA 1.2: presentation; 84 of 100 mails lack it",
    mend='write <table role="presentation">; a table of data needs <th scope="…">',
    mail_only=True,
)
def table_role(mail: Mail) -> Iterator[Found]:
    """“Table with one row and one column”, a hundred times in a mail."""
    for table in mail.page.all("table"):
        plays_none = table.get("role", "") in _PLAYS_NO_PART
        has_heads = bool(_heads(mail, table))
        if not plays_none and not has_heads and not mail.page.is_hidden(table):
            yield mail.at_tag(table, "a table neither has headings nor role=presentation")
        if plays_none and has_heads:
            yield mail.at_tag(
                table,
                "a table of data says role=presentation: its headings are lost",
                "remove the role, or the <th>",
            )


@rule(
    "table-heads",
    Severity.ERROR,
    title="Headings of a table say for what they are",
    source="WCAG 2.2 1.3.1; technique H63",
    mend='write <th scope="col"> or <th scope="row">',
    mail_only=True,
)
def table_heads(mail: Mail) -> Iterator[Found]:
    """A screen reader tells with each cell which heading it belongs to, if it knows."""
    for head in mail.page.all("th"):
        if head.get("scope", "") not in ("col", "row", "colgroup", "rowgroup"):
            yield mail.at_tag(head, f"the heading “{mail.page.text(head)[:40]}” has no scope")


def _headings(mail: Mail) -> list[Element]:
    return [each for each in mail.page.all(*_HEADINGS) if not mail.page.is_hidden(each)]


def _heads(mail: Mail, table: Element) -> list[Element]:
    """Return the headings of `table` itself, not of tables in it."""
    return [
        each
        for each in table.iter("th")
        if next(around for around in mail.page.above(each) if around.tag == "table") is table
    ]
