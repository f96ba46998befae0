"""Issues of the sample office that go out stacked: both languages in one mail."""

from pathlib import Path

from tests.workspace import copy_office, edit, write

SLUG = "2015-2-short"
SHORT_ISSUE = """\
number: 2
serial: 61
date: 2015-06-30
theme: ilo-moscow
languages: [en, ru]
editions: stacked
lists: [constituents, media]
en:
  subject: Safety first, everywhere
  preheader: "The first All-Russian OSH Week, and what comes in summer"
ru:
  subject: Сначала безопасность
  preheader: Первая Всероссийская неделя охраны труда и планы на лето
sections:
  - layout: lead
    items: [2015-04-14-osh-week]
  - layout: cards
    en: { heading: News by country }
    ru: { heading: Новости стран }
    items: [2015-06-10-women-entrepreneurs, 2015-06-04-mediation-training]
  - layout: publications
    en: { heading: Publications }
    ru: { heading: Публикации }
    items: [2015-06-18-collective-bargaining]
  - layout: calendar
    en: { heading: Calendar }
    ru: { heading: Календарь }
    pick: { kind: event, from: 2015-07-01, to: 2015-09-30, order: oldest, limit: 2 }
  - layout: contacts
"""


def add_short_issue(office: Path) -> Path:
    """Write the short issue into an office; return the office."""
    write(office, f"issues/{SLUG}/issue.yaml", SHORT_ISSUE)
    return office


def stacked_office(target: Path) -> Path:
    """Copy the sample office and write the short issue into it; return `target`."""
    return add_short_issue(copy_office(target))


def stack_in_short(office: Path, slug: str) -> Path:
    """Let an issue of the sample office tell its stories in short, in both languages; return it."""
    file = f"issues/{slug}/issue.yaml"
    if slug == "2015-2":
        edit(office, file, "languages: [en, ru, kk]", "languages: [en, ru]")
    edit(office, file, "lists:", "editions: stacked\nstacked: { stories: short }\nlists:")
    return office
