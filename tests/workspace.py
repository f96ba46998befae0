"""Workspaces for tests: a copy of the sample, and a small office whose every line is known."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from newsletter.checks.check import check
from newsletter.compose.compose import Composition, compose
from newsletter.compose.workspace import Folder
from newsletter.errors import NewsletterError
from newsletter.model.finding import Finding
from newsletter.model.rendering import Rendering
from newsletter.render.render import render
from newsletter.render.theme import read_theme

ROOT = Path(__file__).parents[1]
"""The repository, which is the sample workspace."""

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
"""An item without faults, issues/items/school.yaml of the small office."""

ISSUE = """\
number: 1
serial: 60
date: 2015-03-31
theme: ilo-moscow
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
"""An issue without faults, issues/spring/issue.yaml of the small office."""


def copy_office(target: Path) -> Path:
    """Copy what an office keeps under version control; return `target`."""
    copy_settings(target)
    shutil.copytree(ROOT / "issues", target / "issues")
    return target


def copy_settings(target: Path) -> None:
    """Copy settings, lists and themes, but no issue."""
    (target / "subscribers").mkdir(parents=True)
    for name in ("newsletter.yaml", "subscribers/lists.yaml"):
        shutil.copy(ROOT / name, target / name)
    shutil.copytree(ROOT / "templates", target / "templates")


def small_office(target: Path) -> Path:
    """Write an office with one issue, `spring`, that has one item, `school`; return `target`."""
    copy_settings(target)
    write(target, "issues/items/school.yaml", ITEM)
    write(target, "issues/spring/issue.yaml", ISSUE)
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


@dataclass(frozen=True)
class Checked:
    """An issue on its whole way: put together, rendered, looked at."""

    composition: Composition
    renderings: dict[str, Rendering]
    findings: list[Finding]


def take_the_way(office: Path, slug: str) -> Checked:
    """Compose, render and check an issue; raises what these raise."""
    folder = Folder(office)
    composition = compose(folder, slug)
    issue = composition.issue
    theme = read_theme(folder.root, issue.theme, issue.languages, folder.cache)
    renderings = {
        language: render(theme, edition, composition.pictures)
        for language, edition in composition.editions.items()
    }
    return Checked(composition, renderings, check(composition, renderings))


def run_check(office: Path, slug: str = "spring") -> str:
    """Return what `newsletter check SLUG` has to say; empty when there is nothing to say."""
    try:
        findings = take_the_way(office, slug).findings
    except NewsletterError as refused:
        return str(refused)
    return "\n".join(str(finding) for finding in findings)
