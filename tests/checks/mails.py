"""Mails made of HTML alone, whose places are lines of that HTML."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from newsletter.checks.mail import Mail
from newsletter.checks.page import Page
from newsletter.model.place import Place


@dataclass(frozen=True)
class HtmlOrigin:
    """Every fault is mended where it stands in the HTML."""

    file: str = "mail.html"

    def element(self, page: Page, element: Element) -> Place:
        return Place(self.file, *page.places[element])

    def words(self, page: Page, element: Element) -> Place:
        return self.element(page, element)

    def tag(self, page: Page, element: Element) -> Place:
        return self.element(page, element)

    def typed(self, fragment: str) -> Place | None:
        return None

    def page(self) -> Place:
        return Place(self.file)

    def text(self, fragment: str) -> Place:
        return Place(self.file)

    def subject(self) -> Place:
        return Place(self.file)

    def preheader(self) -> Place:
        return Place(self.file)


def mail_of(html: str) -> Mail:
    return Mail(language="en", languages=("en",), html=html, origin=HtmlOrigin())


def page_of(body: str, css: str = "", head: str = "") -> str:
    style = f"<style>{css}</style>" if css else ""
    return f"<!DOCTYPE html>\n<html><head>{head}{style}</head>\n<body>{body}</body></html>"
