"""What the program refuses an editor underlines, in the same line; what it accepts, it does not.

Each case puts one text for another in a file without faults, and says how the line begins that is
then at fault: None where the change is welcome.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from newsletter.compose.compose import compose
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused
from tests.editor.language_server import Document, LanguageServer
from tests.workspace import ROOT, small_office, write

pytestmark = pytest.mark.slow

ITEM, ISSUE = "issues/items/school.yaml", "issues/spring/issue.yaml"
SETTINGS, LISTS = "newsletter.yaml", "subscribers/lists.yaml"


def _item(facts: str, english: str = "", russian: str = "") -> str:
    return (
        f"# yaml-language-server: $schema=../../schemas/item.schema.json\n{facts}"
        "date: 2015-03-17\ncountries: [ru]\n"
        f"en:\n  title: A school\n{english}ru:\n  title: Школа\n{russian}"
    )


ISSUE_TEXT = """\
# yaml-language-server: $schema=../../schemas/issue.schema.json
number: 1
serial: 60
date: 2015-03-31
theme: plain
languages: [en, ru]
lists: [media]
en: { subject: News, preheader: A school }
ru: { subject: Новости, preheader: Школа }
sections:
  - layout: brief
    items: [school]
"""
PLACE = ("  place: Minsk\n", "  place: Минск\n")
QUOTE = "  quote: {0}\n  person: {0}\n  position: {0}\n"
BASES = {
    "news": (ITEM, _item("kind: news\n")),
    "announcement": (ITEM, _item("kind: announcement\n")),
    "event": (ITEM, _item("kind: event\nstarts: 2015-04-01\n", *PLACE)),
    "publication": (ITEM, _item("kind: publication\n")),
    "project": (ITEM, _item("kind: project\n")),
    "vacancy": (ITEM, _item("kind: vacancy\ndeadline: 2015-04-01\n", *PLACE)),
    "interview": (ITEM, _item("kind: interview\n", QUOTE.format("Yes"), QUOTE.format("Да"))),
    "issue": (ISSUE, ISSUE_TEXT),
    "settings": (SETTINGS, (ROOT / SETTINGS).read_text(encoding="utf-8")),
    "lists": (LISTS, (ROOT / LISTS).read_text(encoding="utf-8")),
}
PUBLIC = "public_url: https://newsletter.ilo-moscow.example.org\n"
PICK = "    items: [school]\n"


@dataclass(frozen=True, slots=True)
class Case:
    """One change of a file."""

    base: str
    old: str
    new: str
    fault: str | None

    def __str__(self) -> str:
        return f"{self.base}: {self.old.strip()[:30]} -> {self.new.strip()[:50]}"

    @property
    def text(self) -> str:
        text = BASES[self.base][1]
        assert self.old in text, f"{self.old!r} does not stand in {self.base}"
        return text.replace(self.old, self.new, 1)

    @property
    def lines(self) -> set[int]:
        """The numbers of the lines at fault."""
        if self.fault is None:
            return set()
        lines = [line.strip() for line in self.text.splitlines()]
        return {next(n for n, line in enumerate(lines, 1) if line.startswith(self.fault))}


CASES = [
    *(Case(base, "\n", "\n", None) for base in BASES),
    # keys, by kind
    Case("news", "date:", "author: me\ndate:", "author:"),
    Case("news", "kind: news\n", "", "date:"),
    Case("news", "news", "festival", "kind:"),
    Case("news", "date:", "deadline: 2015-04-01\ndate:", "deadline:"),
    Case("announcement", "date:", "deadline: 2015-04-01\ndate:", None),
    Case("event", "date:", "ends: 2015-04-02\ndate:", None),
    Case("event", "starts: 2015-04-01\n", "", "kind:"),
    Case("event", "  place: Минск\n", "", "ru:"),
    Case("event", "  place: Минск\n", "  place: Минск\n  quote: Да\n", "quote:"),
    Case("publication", "ru:", "  publisher: ILO\nru:", None),
    Case("publication", "date:", "pages: 48\ndate:", None),
    Case("publication", "date:", "pages: 0\ndate:", "pages:"),
    Case("project", "date:", "starts: 2015-04-01\ndate:", None),
    Case("project", "ru:", "  partners: ILO\nru:", None),
    Case("vacancy", "deadline: 2015-04-01\n", "", "kind:"),
    Case("interview", "  person: Да\n", "", "ru:"),
    # facts
    Case("news", "date: 2015-03-17\n", "", "kind:"),
    Case("news", "2015-03-17", "17.03.2015", "date:"),
    Case("news", "2015-03-17", "2015-3-17", "date:"),
    Case("news", "[ru]", "ru", "countries:"),
    Case("news", "[ru]", "[]", None),
    Case("news", "date:", "sample: true\ndate:", None),
    Case("news", "date:", "sample: perhaps\ndate:", "sample:"),
    Case("news", "date:", "image: { credit: me }\ndate:", "image:"),
    Case("news", "date:", "image:\ndate:", None),
    # words
    Case("news", "  title: Школа\n", "  lead: Школа\n", "ru:"),
    Case("news", "Школа", '""', 'title: ""'),
    Case("news", "Школа", "2015", "title: 2015"),
    Case("news", "Школа", "|\n    Школа\n    молодых", "title: |"),
    Case("news", "Школа", ">-\n    Школа\n    молодых", None),
    Case("news", "ru:", "  lead:\nru:", None),
    Case("news", "ru:", "  text: ''\nru:", "text:"),
    Case("news", "ru:", "de: { title: Schule }\nru:", "de:"),
    Case("news", "ru:", "  links: [{ label: Read }]\nru:", "links:"),
    Case("news", "ru:", "  links: [{ label: Read, url: school }]\nru:", "links:"),
    Case("news", "ru:", "  links: [{ label: Write, url: mailto:a@example.org }]\nru:", None),
    Case("news", "ru:", "  verbatim: [title, footnote]\nru:", None),
    Case("news", "ru:", "  verbatim: [tilte]\nru:", "verbatim:"),
    # an issue
    Case("issue", "number: 1", "number: one", "number:"),
    Case("issue", "number: 1", "number: 0", "number:"),
    Case("issue", "[media]", "[]", "lists:"),
    Case("issue", "subject: Новости, ", "", "ru:"),
    Case("issue", "ru: { subject: Новости, preheader: Школа }\n", "", "number:"),
    Case("issue", "[en, ru]", "[en]", None),
    Case("issue", "school }", "school, editorial: { title: A year, text: Dear readers } }", None),
    Case("issue", "school }", "school, editorial: { title: A year } }", "en:"),
    Case("issue", "layout: brief\n    ", "", "- items:"),
    Case("issue", "layout: brief", "layout: Brief", "- layout:"),
    Case("issue", PICK, "    en: { heading: News }\n    ru: { heading: Новости }\n", None),
    Case("issue", PICK, "    en: { }\n    ru: { heading: Новости }\n", "en: { }"),
    Case("issue", PICK, "", None),
    Case("issue", "sections:\n  - layout: brief\n    items: [school]", "sections: []", "sections:"),
    # a rule
    Case("issue", PICK, "    pick: { kind: news, order: newest, limit: 8 }\n", None),
    Case("issue", PICK, "    pick: { kind: [news, event], group_by: country }\n", None),
    Case("issue", PICK, "    pick: { from: 2015-01-01, to: 2015-03-31, except: [school] }\n", None),
    Case("issue", PICK, "    pick: { kind: festival }\n", "pick:"),
    Case("issue", PICK, "    pick: { kind: [news, festival] }\n", "pick:"),
    Case("issue", PICK, "    pick: { order: random }\n", "pick:"),
    Case("issue", PICK, "    pick: { group_by: topic }\n", "pick:"),
    Case("issue", PICK, "    pick: { from: 1 January }\n", "pick:"),
    Case("issue", PICK, "    pick: { limit: 501 }\n", "pick:"),
    Case("issue", PICK, "    pick: { since: 2015-01-01 }\n", "pick:"),
    Case("issue", PICK, "    items: []\n    pick: { kind: news }\n", None),
    # the office and its lists
    Case("settings", "unknown: hold", "unheard_of: 1", "unheard_of:"),
    Case("settings", "unknown: hold", "unknown: maybe", "unknown:"),
    Case("settings", "connections: 4 ", "connections: 0 ", "connections:"),
    Case("settings", "address: newsletter@", "address: newsletter.", "address: newsletter."),
    Case("settings", "website: https://", "website: ", "website:"),
    Case("settings", "time_zone: Europe/Moscow\n", "", "publisher:"),
    Case("settings", "Armenia, ru: Армения", "Armenia", "am:"),
    Case("settings", "ru: Армения", "ru: Армения, hy: Հայաստան", None),
    Case("settings", "  am: {", "  Armenia: {", "Armenia:"),
    Case("settings", "  ru:\n    name: Бюро МОТ в Москве\n", "", "sender:"),
    Case("settings", "  missing: block\n", "  missing: perhaps\n", "missing: perhaps"),
    Case("settings", "stale: warn", "stale: fall-back", "stale:"),
    Case("settings", "    fall_back: ru ", "    fall_backs: ru ", "fall_backs:"),
    Case("settings", "per_year: 4", "per_year: 1000000000", "per_year:"),
    Case("settings", "per_year: 4", "per_year: true", "per_year:"),
    Case("settings", "№ {number} (", "№ {nummer} (", "ru: { form:"),
    Case("settings", "No. {number} (", "No. {number (", "en: { form:"),
    Case("settings", "address: newsletter@", "address: новости@", "address: новости@"),
    Case("settings", "reply_to: newsletter@", "reply_to: новости@", "reply_to: новости@"),
    Case("settings", PUBLIC, "public_url: https://example.org/?q=1\n", "public_url:"),
    Case("settings", PUBLIC, "public_url: https://example.org/bulletin/\n", None),
    Case("lists", "    owner: newsletter@ilo-moscow.example.org\n", "", "constituents:"),
    Case("lists", "list_id: media.", "list_id: media@", "list_id: media@"),
    Case("lists", "  media:\n", "  Press:\n", "Press:"),
]
LEFT_TO_THE_PROGRAM = [
    Case("event", "date:", "ends: 2015-03-31\ndate:", "ends:"),
    Case("issue", PICK, "    pick: { from: 2015-03-31, to: 2015-03-01 }\n", "pick:"),
    Case("news", "2015-03-17", "2015-02-30", "date:"),
    Case("news", "[ru]", "[rus]", "countries:"),
    Case("news", "date:", "image: { file: images/none.png }\ndate:", "image:"),
    Case("news", "ru:\n  title: Школа\n", "", "kind:"),
    Case("issue", "[school]", "[schole]", "items:"),
    Case("settings", "Europe/Moscow", "Europe/Moskau", "time_zone:"),
]
"""What takes a calendar, another file or another part of the same one to know."""


@pytest.fixture(scope="module")
def underlined(server: LanguageServer) -> dict[Case, set[int]]:
    """Return the lines that an editor underlines in each case; all files are open at once."""
    cases = CASES + LEFT_TO_THE_PROGRAM
    found = server.diagnose([Document(BASES[case.base][0], case.text) for case in cases])
    return {
        case: {fault.line for fault in faults} for case, faults in zip(cases, found, strict=True)
    }


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_office(tmp_path_factory.mktemp("same-verdict") / "office")
    write(folder, SETTINGS, BASES["settings"][1])  # with the languages that the lists have
    return folder


def refused_lines(office: Path, name: str, text: str) -> set[int]:
    """Return the lines of a file in which the program finds faults; the file is then put back."""
    path = office / name
    before = path.read_bytes()
    path.write_text(text, encoding="utf-8")
    try:
        compose(Folder(office), "spring")
    except InputRefused as refused:
        return {finding.place.line for finding in refused.findings if finding.place.file == name}
    finally:
        path.write_bytes(before)
    return set()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_editor_and_the_program_find_the_same_lines_at_fault(
    office: Path, underlined: dict[Case, set[int]], case: Case
) -> None:
    assert refused_lines(office, BASES[case.base][0], case.text) == case.lines
    assert underlined[case] == case.lines


@pytest.mark.parametrize("case", LEFT_TO_THE_PROGRAM, ids=str)
def test_an_editor_is_silent_about_what_one_file_cannot_tell(
    office: Path, underlined: dict[Case, set[int]], case: Case
) -> None:
    assert refused_lines(office, BASES[case.base][0], case.text)
    assert not underlined[case]
