"""Workspaces for tests: a copy of the sample, and a small office whose every line is known."""

import shutil
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from newsletter.checks.proof import proof
from newsletter.compose.compose import Composition
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused, NewsletterError
from newsletter.model.finding import Finding
from newsletter.model.rendering import Rendering
from newsletter.render.theme import Theme, read_theme

ROOT = Path(__file__).parents[1]
"""The repository, which is the sample workspace."""

SETTINGS = """\
publisher:
  email: office@example.org
  website: https://www.example.org/
  en:
    name: Office of Examples
    short_name: Office
    address: [1 Example Street, Moscow]
    reason: You asked for this newsletter.
  ru:
    name: Бюро примеров
    short_name: Бюро
    address: ["ул. Примерная, д. 1", Москва]
    reason: Вы просили присылать этот бюллетень.
sender:
  address: news@example.org
  return_path: bounces@example.org
  en: { name: Office of Examples }
  ru: { name: Бюро примеров }
languages: [en, ru]
default_language: en
time_zone: Europe/Moscow
public_url: https://news.example.org
numbering:
  per_year: 4
  serial_of: { year: 2015, number: 1, serial: 60 }
  en: { form: "No. {number} ({serial}), {month}" }
  ru: { form: "№ {number} ({serial}), {month}" }
countries:
  kz: { en: Kazakhstan, ru: Казахстан }
  ru: { en: Russian Federation, ru: Российская Федерация }
  uz: { en: Uzbekistan, ru: Узбекистан }
topics:
  osh: { en: Safety at work, ru: Охрана труда }
  youth: { en: Youth, ru: Молодёжь }
"""
LISTS = """\
lists:
  media:
    list_id: media.example.org
    owner: office@example.org
    en: { name: For the media }
    ru: { name: Для прессы }
"""
ITEM = """\
kind: news
date: 2015-03-17
countries: [ru]
topics: [osh]
en:
  title: A school for the young
  lead: Forty young people met.
  text: They spoke about *work* and [rights](https://www.example.org/rights).
  links:
    - label: About the school
      url: https://www.example.org/school
ru:
  title: Школа для молодых
  lead: Встретились сорок молодых людей.
  text: Говорили о *работе* и [правах](https://www.example.org/rights).
  links:
    - label: О школе
      url: https://www.example.org/school
"""
ISSUE = """\
number: 1
serial: 60
date: 2015-03-31
theme: plain
languages: [en, ru]
lists: [media]
en:
  subject: News of the spring
  preheader: A school for the young, and what they said about their work
ru:
  subject: Новости весны
  preheader: Школа для молодых и то, что они говорили о своей работе
sections:
  - layout: brief
    items: [school]
"""
THEME = """\
name: Plain
colours: { ink: "#1f2a37" }
strings:
  greeting: { en: "Dear {name},", ru: "Здравствуйте, {name}!" }
  greeting_anonymous: { en: "Dear reader,", ru: "Здравствуйте!" }
  unsubscribe: { en: Unsubscribe, ru: Отписаться }
  pages:
    en: { one: "{n} page", other: "{n} pages" }
    ru: { one: "{n} страница", few: "{n} страницы", many: "{n} страниц", other: "{n} страницы" }
"""
PAGE = """\
<mjml lang="{{ edition.language }}" dir="{{ edition.direction }}">
  <mj-head>
    <mj-title>{{ edition.subject }}</mj-title>
  </mj-head>
  <mj-body><mj-raw><div style="display:none">{{ edition.preheader }}{{ ("&#847; " * 60) | safe }}</div><h1>{{ edition.publisher.name }}</h1></mj-raw>
    <mj-section>
      <mj-column>
        <mj-text>{{ slots.greeting }}</mj-text>
{% for section in edition.sections %}
{% include "parts/" ~ section.layout ~ ".mjml.j2" %}
{% endfor %}
        <mj-text>
          {{ edition.publisher.address | join(", ") }} {{ edition.publisher.reason }}
          <a href="{{ slots.unsubscribe_url }}">{{ strings.unsubscribe }}</a> <a href="{{ edition.view_url }}">{{ edition.view_url }}</a>
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""  # noqa: E501 (places are counted in these lines)
PART = """\
{% for item in section.items %}
<mj-text>
  <h2>{{ item.title }}</h2>
{% if item.image %}
  <p><img src="{{ item.image.src }}" alt="{{ item.image.alt }}" width="300" /></p>
{% endif %}
  <p>{{ item.lead }}</p>
{% if item.text %}
  {{ item.text.html }}
{% endif %}
{% for link in item.links %}
  <p><a href="{{ link.url }}">{{ link.label }}</a></p>
{% endfor %}
</mj-text>
{% endfor %}
"""
TEXT = """\
{{ slots.greeting }}

{% for section in edition.sections %}
{% for item in section.items %}
{{ item.title | wrap }}

{{ item.lead | wrap }}

{% if item.text %}
{{ item.text.plain | wrap }}

{% endif %}
{% for link in item.links %}
{{ link.label }}:
{{ link.url }}
{% endfor %}
{% endfor %}
{% endfor %}
{{ edition.publisher.address | join(", ") }}
{{ strings.unsubscribe }}: {{ slots.unsubscribe_url }}
{{ edition.publisher.name }}
{{ edition.publisher.reason }}
{{ edition.view_url }}
"""
STYLES = "h2 { font-size: 20px; } p { line-height: 24px; }\n"

SMALL_OFFICE = {
    "newsletter.yaml": SETTINGS,
    "subscribers/lists.yaml": LISTS,
    "issues/items/school.yaml": ITEM,
    "issues/spring/issue.yaml": ISSUE,
    "templates/plain/theme.yaml": THEME,
    "templates/plain/issue.mjml.j2": PAGE,
    "templates/plain/parts/brief.mjml.j2": PART,
    "templates/plain/issue.txt.j2": TEXT,
    "templates/plain/inline.css": STYLES,
}
"""An office with one issue, `spring`, that has one item, `school`, and nothing to complain of."""


def copy_office(target: Path) -> Path:
    """Copy what the sample office keeps under version control; return `target`.

    But for the record of translations: a test that changes one language makes nothing stale.
    """
    (target / "subscribers").mkdir(parents=True)
    samples = (ROOT / "subscribers").glob("sample*.csv")  # real exports stay where they are
    for path in (ROOT / "newsletter.yaml", ROOT / "subscribers" / "lists.yaml", *samples):
        shutil.copy(path, target / path.relative_to(ROOT))
    for name in ("issues", "templates"):
        ignored = shutil.ignore_patterns("translations.lock")
        shutil.copytree(ROOT / name, target / name, ignore=ignored)
    return target


@cache
def sample(slug: str) -> "Way":
    """Return a sample issue on its whole way; nobody may change it."""
    return take_the_way(ROOT, slug)


def small_office(target: Path) -> Path:
    """Write the small office; return `target`."""
    for name, content in SMALL_OFFICE.items():
        write(target, name, content)
    return target


def write(folder: Path, name: str, content: str | bytes) -> None:
    """Write a file, as it is, below `folder`."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Put `new` where `old` first stands in a file; it must stand there."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text, f"{name} does not hold {old!r}"
    write(folder, name, text.replace(old, new, 1))


def png_of(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it is as large as asked."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def refusal_of(read: Callable[[], object]) -> InputRefused | None:
    """Return how `read` refuses its input; any other error fails the test."""
    try:
        read()
    except InputRefused as refused:
        return refused
    return None


@dataclass(frozen=True)
class Way:
    """An issue on its whole way: put together, rendered, looked at."""

    composition: Composition
    renderings: dict[str, Rendering]
    theme: Theme
    findings: list[Finding]


def take_the_way(office: Path, slug: str = "spring") -> Way:
    """Compose, render and check an issue as the commands do; raises what these raise."""
    folder = Folder(office)
    ready = proof(folder, slug)
    issue = ready.composition.issue
    theme = read_theme(folder.root, issue.theme, issue.languages, folder.cache)
    return Way(ready.composition, dict(ready.renderings), theme, list(ready.findings))


def run_check(office: Path, slug: str = "spring") -> str:
    """Return what `newsletter check SLUG` has to say; empty when there is nothing to say."""
    try:
        findings = take_the_way(office, slug).findings
    except NewsletterError as refused:
        return str(refused)
    return "\n".join(str(finding) for finding in findings)
