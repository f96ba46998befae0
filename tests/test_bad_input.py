"""Bad input, and the clear error it gets: what is wrong, where, and how to mend it.

Each row spoils the small office (`tests/workspace.py`) in one way and says, word for word, what the
command answers. `run` is the only place that knows how a command is carried out.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsletter.errors import InputRefused
from newsletter.people.importing import plan_import
from newsletter.people.vocabulary import make_vocabulary
from newsletter.store.engine import open_database
from newsletter.store.people import PeopleStore
from newsletter.tokens import KeyRing
from tests.workspace import ITEM, edit, png_of, run_check, write

SCHOOL = "issues/items/school.yaml"
SPRING = "issues/spring/issue.yaml"
LISTS = "subscribers/lists.yaml"
PAGE = "templates/plain/issue.mjml.j2"
STYLES = "templates/plain/inline.css"


@dataclass(frozen=True)
class Bad:
    """One bad input: how the office is spoilt, and what the command then says."""

    name: str
    spoil: Callable[[Path], None]
    answer: str
    command: str = "check spring"


def run(command: str, office: Path) -> str:
    """Carry out a command in an office; return what it prints about its input."""
    what, name = command.split()
    return run_import(office, name) if what == "import" else run_check(office, name)


def run_import(office: Path, file: str) -> str:
    """Return what `newsletter subscribers import FILE` has to say about the rows of a file."""
    with open_database(f"sqlite:///{office / 'state.db'}") as database:
        store = PeopleStore(database, KeyRing({1: bytes(32)}))
        words = make_vocabulary({}, ["en", "ru"])
        try:
            plan = plan_import(store, office / file, list_name="media", vocabulary=words)
        except InputRefused as refused:
            return str(refused).replace(f"{office}/", "")
    findings = (*plan.tally.refused, *plan.tally.doubts)
    return "\n".join(str(finding) for finding in findings).replace(f"{office}/", "")


def swap(file: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda office: edit(office, file, old, new)


def put(file: str, content: str | bytes) -> Callable[[Path], None]:
    return lambda office: write(office, file, content)


def picture(file: str, content: bytes | None = None) -> Callable[[Path], None]:
    """Give the item a picture, and write one to issues/images/a.png if `content` is given."""

    def spoil(office: Path) -> None:
        words = f"image: {{file: '{file}', credit: A}}\nen:\n  image_alt: Hall\n"
        edit(office, SCHOOL, "en:\n", words)
        edit(office, SCHOOL, "ru:\n", "ru:\n  image_alt: Зал\n")
        if content is not None:
            write(office, "issues/images/a.png", content)

    return spoil


def linked_picture(office: Path) -> None:
    (office / "issues" / "link").symlink_to("/etc")
    picture("link/passwd")(office)


ALIASES = "a: &a [1]\nb: [" + "*a, " * 21 + "]\n"
EVENT = """\
kind: event
date: 2015-03-17
starts: 2015-04-02
ends: 2015-04-01
en: { title: A, place: Minsk }
ru: { title: А, place: Минск }
"""
BOMB = png_of(100_000, 100_000)

OTHER_SPACE = (
    "stands where a plain one must - type the spaces anew; such ones come along from Word and from "
    "web pages"
)
YAML = [
    Bad(
        "tab",
        swap(SCHOOL, "  title: A", "\ttitle: A"),
        f"{SCHOOL}:6:1: a tab stands where spaces must - indent with spaces",
    ),
    Bad(
        "no space after a colon, twice",
        lambda office: edit(
            office,
            SCHOOL,
            "title: A school for the young\n  lead: Forty young people met.",
            "title:A school for the young\n  lead:Forty young people met, from ten towns.",
        ),
        f"{SCHOOL}:6:9: the space after `title:` is missing - write `title: A school for the "
        f"young`\n{SCHOOL}:7:8: the space after `lead:` is missing - write `lead: Forty young "
        "people met, from t…`",
    ),
    Bad(
        "no space after a colon, as the last key",
        swap(LISTS, "ru: { name: Для прессы }", "ru:\n      name:Для прессы"),
        f"{LISTS}:7:12: the space after `name:` is missing - write `name: Для прессы`",
    ),
    Bad(
        "no space after a colon, in brackets",
        swap("newsletter.yaml", "{ en: Kazakhstan", "{ en:Kazakhstan"),
        "newsletter.yaml:29:12: the space after `en:` is missing - write `en: Kazakhstan`",
    ),
    Bad(
        "no space before a bracket",
        swap("newsletter.yaml", "  en: { name: Office", "  en:{ name: Office"),
        "newsletter.yaml:17:6: the space after `en:` is missing - write `en: { name`",
    ),
    Bad(
        "no space before a quotation",
        swap("newsletter.yaml", 'ru: { form: "№', 'ru: { form:"№'),
        'newsletter.yaml:27:14: the space after `form:` is missing - write `form: "№ {number} '
        "({serial}), {month…`",
    ),
    Bad(
        "non-breaking spaces before a key",
        swap(SCHOOL, "  lead: Forty", "\u00a0\u00a0lead: Forty"),
        f"{SCHOOL}:7:1: a non-breaking space (U+00A0) {OTHER_SPACE}",
    ),
    Bad(
        "non-breaking space after a colon",
        swap(SCHOOL, "title: A school", "title:\u00a0A school"),
        f"{SCHOOL}:6:9: a non-breaking space (U+00A0) {OTHER_SPACE}",
    ),
    Bad(
        "wide space after a dash",
        swap(SCHOOL, "    - label: About", "    -\u3000label: About"),
        f"{SCHOOL}:10:6: a space of another kind (U+3000) {OTHER_SPACE}",
    ),
    Bad(
        "full-width colon",
        swap(SCHOOL, "title: A school", "title： A school"),
        f"{SCHOOL}:6:8: “：” (U+FF1A) is not the plain colon that ends a key - write `title: A "
        "school for the young`",
    ),
    Bad(
        "colon in a text",
        swap(SCHOOL, "title: A school", "title: School: a place"),
        f"{SCHOOL}:6:16: a colon stands where no key can begin - put a text that contains “: ” "
        "into quotation marks, or check the indentation",
    ),
    Bad(
        "quotation mark that closes too early",
        swap(SCHOOL, "title: A school for", 'title: "School" for'),
        f"{SCHOOL}:6:19: the indentation does not fit the lines above - indent keys that belong "
        "together alike; quote texts that begin with a quotation mark or [",
    ),
    Bad(
        "key twice",
        swap(SCHOOL, "topics: [osh]", "date: 2015-03-18"),
        f"{SCHOOL}:4:1: `date` stands here a second time (first in line 2) - keep one of the two",
    ),
    Bad(
        "Python object",
        swap(SCHOOL, "[ru]", "!!python/object/apply:os.system [id]"),
        f"{SCHOOL}:3:12: the tag !!python/object/apply:os.system is not known - remove the word "
        "that begins with an exclamation mark",
    ),
    Bad(
        "bomb of aliases",
        put(SCHOOL, ALIASES),
        f"{SCHOOL}:1:4: more than 20 aliases (*name) - write the values out",
    ),
    Bad(
        "deep nesting",
        put(SCHOOL, "a: " + "[" * 600),
        f"{SCHOOL}: more than 40 levels, one inside the other - flatten it",
    ),
    Bad(
        "Windows-1251",
        put(SCHOOL, ITEM.encode("cp1251")),
        f"{SCHOOL}:13:10: the file is not in UTF-8 - save it with the encoding UTF-8 (it may be "
        "Windows-1251 or another old one)",
    ),
    Bad(
        "UTF-16 without its mark",
        put(SCHOOL, ITEM.encode("utf-16-le")),
        f"{SCHOOL}:1:1: the file is not in UTF-8 but, it seems, in UTF-16 - save it with the "
        "encoding UTF-8",
    ),
    Bad(
        "no text at all",
        put(SCHOOL, b"kind: news\n\x00\x01\x02"),
        f"{SCHOOL}:2:1: an invisible control character (U+0000) - delete it",
    ),
    Bad(
        "half a letter",
        swap(SCHOOL, "A school for the young", '"\\ud83d school"'),
        f"{SCHOOL}:6:10: a letter that does not exist (U+D83D) - delete it, or write the letter "
        "itself",
    ),
    Bad(
        "huge file",
        put(SCHOOL, b"#" * 2_000_001),
        f"{SCHOOL}: the file has 2,000,001 bytes; the limit is 2,000,000 - split it into smaller "
        "files",
    ),
    Bad(
        "empty file",
        put(SPRING, ""),
        f"{SPRING}: the file is empty - write `key: value` lines; see the reference for the keys",
    ),
]
CONTENT = [
    Bad(
        "misspelt key",
        swap(SCHOOL, "  lead: Forty", "  laed: Forty"),
        f"{SCHOOL}:7:3: the key `laed` is not known - did you mean `lead`?",
    ),
    Bad(
        "block with a capital",
        swap(SCHOOL, "en:\n", "En:\n"),
        f"{SCHOOL}:5:1: the key `En` is not known, and so the block `en:` is missing - did you "
        "mean `en`?",
    ),
    Bad(
        "block with a letter of another alphabet",
        swap(SCHOOL, "ru:\n", "рu:\n"),
        f"{SCHOOL}:12:1: the key `рu` is not known: Cyrillic “р” is not a Latin letter, and so the "
        "block `ru:` is missing - did you mean `ru`?",
    ),
    Bad(
        "key with a letter of another alphabet",
        swap(SCHOOL, "topics:", "tоpics:"),
        f"{SCHOOL}:4:1: the key `tоpics` is not known: Cyrillic “о” is not a Latin letter - did "
        "you mean `topics`?",
    ),
    Bad(
        "key like no other",
        swap(SCHOOL, "topics: [osh]", "urgency: high"),
        f"{SCHOOL}:4:1: the key `urgency` is not known - known: date, countries, topics, "
        "image, written_in, draft, source, sample, kind, and a block for each language, like `en:`",
    ),
    Bad(
        "quotation never closed",
        swap(SCHOOL, "title: A school", 'title: "A school'),
        f"{SCHOOL}:6:10: a quotation mark or bracket is opened but never closed - close it",
    ),
    Bad(
        "copy of a file",
        put("issues/items/school (1).yaml", ITEM),
        "issues/items/school (1).yaml: an item's file cannot be called “school (1).yaml” - rename "
        "it with small Latin letters, digits and hyphens, like 2015-03-17-arctic-school.yaml, or "
        "delete it if it is a copy",
    ),
    Bad(
        "key left out",
        swap(SCHOOL, "  title: A school for the young\n", ""),
        f"{SCHOOL}:5:1: `title` is missing - add the key `title`",
    ),
    Bad(
        "number for a text",
        swap(SCHOOL, "A school for the young", "2015"),
        f"{SCHOOL}:6:3: `title` must be a text - put quotation marks around it",
    ),
    Bad(
        "date in words",
        swap(SCHOOL, "2015-03-17", "17 March 2015"),
        f"{SCHOOL}:2:1: `date` is not a date - write it as 2015-03-17",
    ),
    Bad(
        "kind that is none",
        swap(SCHOOL, "kind: news", "kind: newz"),
        f"{SCHOOL}:1:1: `kind` cannot be “newz” - did you mean `news`?",
    ),
    Bad(
        "code of a country in Cyrillic",
        swap("newsletter.yaml", "  uz: {", "  уз: {"),
        "newsletter.yaml:31:3: the key “уз” is not a plain name - use small Latin letters, digits "
        "and hyphens",
    ),
    Bad(
        "country that is none",
        swap(SCHOOL, "[ru]", "[ru, kzz]"),
        f"{SCHOOL}:3:17: there is no country “kzz” - did you mean `kz`?",
    ),
    Bad(
        "translation left out",
        put(SCHOOL, ITEM[: ITEM.index("ru:\n")]),
        f"{SCHOOL}:1:1: the block `ru:` is missing - add it beside the others, with the "
        "words in Russian",
    ),
    Bad(
        "language that is none",
        swap(SCHOOL, "ru:\n", "kk: { title: а }\nru:\n"),
        f"{SCHOOL}:12:1: `kk` is not a language of this newsletter - known: en, ru (see "
        "`languages` in newsletter.yaml)",
    ),
    Bad(
        "event that runs backwards",
        put(SCHOOL, EVENT),
        f"{SCHOOL}:4:1: `ends` is before `starts` - check the two dates",
    ),
    Bad(
        "rule that ends before it begins",
        swap(SPRING, "items: [school]", "pick: { from: 2015-03-31, to: 2015-01-01 }"),
        f"{SPRING}:15:31: `to` is before `from` - check the two dates",
    ),
    Bad(
        "item that is not there",
        swap(SPRING, "[school]", "[shool]"),
        f"{SPRING}:15:13: there is no item “shool” - did you mean `school`?",
    ),
    Bad(
        "layout that is not there",
        swap(SPRING, "layout: brief", "layout: briefs"),
        f"{SPRING}:14:5: there is no layout “briefs” - did you mean `brief`?",
    ),
    Bad(
        "list that is not there",
        swap(SPRING, "[media]", "[medya]"),
        f"{SPRING}:6:9: there is no list “medya” - did you mean `media`?",
    ),
    Bad(
        "issue that is not there",
        lambda office: None,
        "there is no issue sprnig - did you mean `spring`?",
        command="check sprnig",
    ),
    Bad(
        "workspace without an issue",
        lambda office: (office / SPRING).unlink(),
        "there is no issue spring - copy one out of a new workspace: newsletter init FOLDER",
    ),
    Bad(
        "workspace without a theme",
        lambda office: shutil.rmtree(office / "templates/plain"),
        f"{SPRING}:4:1: there is no theme “plain”: the folder templates/ has no theme in it - "
        "bring it back, or copy one out of a new workspace: newsletter init FOLDER",
    ),
    Bad(
        "folder of themes that is gone",
        lambda office: shutil.rmtree(office / "templates"),
        f"{SPRING}:4:1: there is no theme “plain”: the folder templates/ is not there - bring it "
        "back, or copy one out of a new workspace: newsletter init FOLDER",
    ),
    Bad(
        "time zone that is none",
        swap("newsletter.yaml", "Europe/Moscow", "Europe/Moskow"),
        "newsletter.yaml:21:1: “Europe/Moskow” is not a time zone - did you mean `Europe/Moscow`?",
    ),
    Bad(
        "link that would run something",
        swap(SCHOOL, "url: https://www.example.org/school", "url: javascript:alert(1)"),
        f"{SCHOOL}:11:7: `url` “javascript:alert(1)” is not a web address - write it out: "
        "https://www.example.org/page",
    ),
    Bad(
        "link that only the office can follow",
        swap(SCHOOL, "https://www.example.org/school", "http://localhost:8000/school"),
        f"{SCHOOL}:11:7: the link “About the school” leads to localhost, which readers cannot "
        "reach - write the address on the public web\n"
        f"{SCHOOL}:18:7: `links 1 url`: the addresses differ: http://localhost:8000/school and "
        "https://www.example.org/school - correct one of the two",
    ),
    Bad(
        "wrong serial",
        swap(SPRING, "serial: 60", "serial: 61"),
        f"{SPRING}:2:1: No. 1 of 2015 has the running number 60, not 61 - correct `serial`, or "
        "else `numbering` in newsletter.yaml if an issue was left out",
    ),
    Bad(
        "mark of another program",
        swap(SCHOOL, "A school for the young", "Dear {{first_name}}"),
        f"{SCHOOL}:6:3: “{{{{first_name}}}}” would be sent to readers as it stands (en) - remove "
        "it; what is filled in for each reader is [[greeting]], [[unsubscribe_url]], "
        "[[preferences_url]]",
    ),
]
HEADERS = [
    Bad(
        "line end in a subject",
        swap(SPRING, "News of the spring", '"News\\r\\nBcc: everybody@example.org"'),
        f"{SPRING}:8:3: `subject` has a line break - write it in one line (use `>-` to fold a long "
        "text)",
    ),
    Bad(
        "line separator in a preheader",
        swap(SPRING, "preheader: A school", 'preheader: "A\\u2028Bcc: b@example.org" #'),
        f"{SPRING}:9:3: `preheader` holds an invisible control character (U+2028) - delete it: it "
        "could forge the headers of a mail",
    ),
    Bad(
        "next line in the sender's name",
        swap(
            "newsletter.yaml", "en: { name: Office of Examples", 'en: { name: "Office\\x85Bcc: b"'
        ),
        "newsletter.yaml:17:9: `name` holds an invisible control character (U+0085) - delete it: "
        "it could forge the headers of a mail",
    ),
    Bad(
        "NUL in a title",
        swap(SCHOOL, "A school for the young", '"A\\0school"'),
        f"{SCHOOL}:6:3: `title` holds an invisible control character (U+0000) - delete it: it "
        "could forge the headers of a mail",
    ),
    Bad(
        "second List-Id",
        swap(LISTS, "list_id: media.example.org", 'list_id: "media.example.org>\\nBcc: <b"'),
        f"{LISTS}:3:5: `list_id` is not written as it must be - it must match "
        r"^[a-z0-9][a-z0-9.-]+\.[a-z0-9-]+$",
    ),
]
PICTURES = [
    Bad(
        "B14 path that climbs out",
        picture("../../etc/passwd"),
        f"{SCHOOL}:5:9: the picture “../../etc/passwd” lies outside the folder issues/ - copy it "
        "to issues/images/ and write `file: images/name.png`",
    ),
    Bad(
        "B14 path from the root",
        picture("/etc/passwd"),
        f"{SCHOOL}:5:9: the picture “/etc/passwd” lies outside the folder issues/ - copy it to "
        "issues/images/ and write `file: images/name.png`",
    ),
    Bad(
        "B14 link that leads out",
        linked_picture,
        f"{SCHOOL}:5:9: the picture “link/passwd” lies outside the folder issues/ - copy it to "
        "issues/images/ and write `file: images/name.png`",
    ),
    Bad(
        "B14 address on the web",
        picture("https://www.example.org/a.png"),
        f"{SCHOOL}:5:9: the picture “https://www.example.org/a.png” lies outside the folder "
        "issues/ - copy it to issues/images/ and write `file: images/name.png`",
    ),
    Bad(
        "misspelt name",
        picture("images/b.png", BOMB),
        f"{SCHOOL}:5:9: there is no picture “images/b.png” - did you mean `images/a.png`?",
    ),
    Bad(
        "B14 drawing under a false name",
        picture("images/a.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        f"{SCHOOL}:5:9: the picture “images/a.png” is a drawing in SVG, which mail programs do not "
        "show - export it as PNG, 1200 pixels wide (in Inkscape: File, Export)",
    ),
    Bad(
        "B14 picture that is a web page",
        picture("images/a.png", b"<!DOCTYPE html><title>Photo</title>"),
        f"{SCHOOL}:5:9: the picture “images/a.png” is a web page and not a picture: most likely "
        "the page around it was saved - open the picture itself in the browser, and save that",
    ),
    Bad(
        "picture of a phone under a false name",
        picture("images/a.png", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        f"{SCHOOL}:5:9: the picture “images/a.png” is an HEIC picture, as an iPhone takes it, "
        "which mail programs do not show - export it as JPEG (on a Mac: Preview, File, Export; "
        "on Windows: Photos, Save as; on the phone: Settings, Camera, Formats, Most Compatible)",
    ),
    Bad(
        "B14 bomb of pixels",
        picture("images/a.png", BOMB),
        f"{SCHOOL}:5:9: the picture “images/a.png” has far too many pixels - make it smaller: 2000 "
        "pixels on the longer side are plenty",
    ),
]
FIRST = "        <mj-text>{{ slots.greeting }}</mj-text>\n"
AROUND = """
       7 |       <mj-column>
  >    8 | {}
       9 | {{% for section in edition.sections %}}
  - {}"""
CORRECT = "correct the template; the reference lists what a template may use"


def line_8(line: str) -> Callable[[Path], None]:
    return swap(PAGE, FIRST, f"{line}\n")


def shown(line: str, remedy: str = CORRECT) -> str:
    return AROUND.format(line, remedy)


TEMPLATES = [
    Bad(
        "name that is not there",
        line_8("{{ edition.subjct }}"),
        f"{PAGE}:8:1: Edition has no `subjct`"
        + shown("{{ edition.subjct }}", "did you mean `subject`?"),
    ),
    Bad(
        "way out of the box",
        line_8("{{ ''.__class__.__mro__ }}"),
        f"{PAGE}:8:1: access to attribute '__class__' of 'str' object is unsafe."
        + shown("{{ ''.__class__.__mro__ }}"),
    ),
    Bad(
        "very long loop",
        line_8("{{ range(100001) | list }}"),
        f"{PAGE}:8:1: Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000)."
        + shown("{{ range(100001) | list }}"),
    ),
    Bad(
        "text that fills the memory",
        line_8("{{ 'a' * 10000000000 }}"),
        f"{PAGE}:8:1: `*` makes something too large" + shown("{{ 'a' * 10000000000 }}"),
    ),
    Bad(
        "file outside the theme",
        line_8("{% include '../../newsletter.yaml' %}"),
        f"{PAGE}:8:1: ../../newsletter.yaml lies outside the theme"
        + shown("{% include '../../newsletter.yaml' %}"),
    ),
    Bad(
        "include of MJML",
        line_8('<mj-include path="/etc/passwd" type="css" />'),
        f"{PAGE}:8:1: there is no element <mj-include> - write {{% include "
        '"parts/name.mjml.j2" %}',
    ),
    Bad(
        "misspelt attribute",
        line_8('<mj-text colour="#fff">a</mj-text>'),
        f"{PAGE}:8:1: <mj-text> has no attribute `colour` - did you mean `color`?",
    ),
    Bad(
        "tag that is not closed",
        line_8("<mj-text><b>a</mj-text>"),
        f"{PAGE}:8:10: <b> is not closed - add </b>",
    ),
    Bad(
        "styles from elsewhere",
        put(STYLES, "h2 { margin: 0 }\n@import url(https://www.example.org/x.css);\n"),
        f"{STYLES}:2:1: @import cannot be written into a tag - move it into an <mj-style> of the "
        "template",
    ),
]
FORM = " - write it with {number}, {serial} and {month}: No. {number} ({serial}), {month}"
SETTINGS = [
    Bad(
        "password in the settings",
        swap(
            "newsletter.yaml",
            "time_zone: Europe/Moscow",
            "time_zone: Europe/Moscow\nrelay: smtp://anna:secret@mail.example.org:465",
        ),
        "newsletter.yaml:22:1: a password stands in a file that colleagues share - put the address "
        "into NEWSLETTER_RELAY or a `relay_file`, and change it",
    ),
    Bad(
        "domain that cannot vouch for the sender",
        swap(
            "newsletter.yaml",
            "time_zone: Europe/Moscow",
            "time_zone: Europe/Moscow\n"
            "dkim: { domain: example.net, selector: spring, key_file: spring.pem }",
        ),
        "newsletter.yaml:22:9: example.net cannot vouch for the sender's domain example.org: to "
        "DMARC, by which mail services judge, its signature counts for nothing - leave the line "
        "out, or write example.org or a domain above or below it",
    ),
    Bad(
        "two keys with one name",
        swap(
            "newsletter.yaml",
            "time_zone: Europe/Moscow",
            "time_zone: Europe/Moscow\ndkim:\n  selector: spring\n  key_file: a.pem\n"
            "  ed25519: { selector: spring, key_file: b.pem }",
        ),
        "newsletter.yaml:25:14: “spring” is the name of the RSA key already - give each key a "
        "name of its own: a name has one record in the DNS",
    ),
    Bad(
        "name of a key that the DNS cannot hold",
        swap(
            "newsletter.yaml",
            "time_zone: Europe/Moscow",
            "time_zone: Europe/Moscow\ndkim: { selector: Spring_2026, key_file: a.pem }",
        ),
        "newsletter.yaml:22:9: `selector` “Spring_2026” cannot be the name of a key - use small "
        "Latin letters, digits and hyphens, like news2026",
    ),
    Bad(
        "domain that is none",
        swap(
            "newsletter.yaml",
            "time_zone: Europe/Moscow",
            "time_zone: Europe/Moscow\n"
            "dkim: { domain: example, selector: spring, key_file: a.pem }",
        ),
        "newsletter.yaml:22:9: `domain` “example” is not the name of a domain - write it as "
        "example.org",
    ),
    Bad(
        "issues without end",
        swap("newsletter.yaml", "per_year: 4", "per_year: 1000000000"),
        "newsletter.yaml:24:3: `per_year` must be 366 or less - check the number",
    ),
    Bad(
        "true for a number",
        swap(SPRING, "number: 1", "number: true"),
        f"{SPRING}:1:1: `number` must be a whole number - write digits only",
    ),
    Bad(
        "number with a fraction",
        swap(SPRING, "serial: 60", "serial: 60.0"),
        f"{SPRING}:2:1: `serial` must be a whole number - write digits only",
    ),
    Bad(
        "unknown word in a form",
        swap("newsletter.yaml", "№ {number} ({serial})", "№ {nummer} ({serial})"),
        "newsletter.yaml:27:9: `form` holds “{nummer}”, which means nothing here" + FORM,
    ),
    Bad(
        "way into the program through a form",
        swap("newsletter.yaml", "No. {number} ({serial})", "No. {number.__class__}"),
        "newsletter.yaml:26:9: `form` holds “{number.__class__}”, which means nothing here" + FORM,
    ),
    Bad(
        "brace that is not closed",
        swap("newsletter.yaml", "No. {number} (", "No. {number ("),
        "newsletter.yaml:26:9: `form` holds “{number (”, which means nothing here" + FORM,
    ),
    Bad(
        "sender in Cyrillic",
        swap("newsletter.yaml", "address: news@example.org", "address: новости@пример.рф"),
        "newsletter.yaml:15:3: `address` “новости@пример.рф” has letters before the @ that many "
        "mail servers refuse - choose a mailbox with a Latin name, like news@пример.рф",
    ),
    Bad(
        "owner of a list in Cyrillic",
        swap(LISTS, "owner: office@", "owner: бюро@"),
        f"{LISTS}:4:5: `owner` “бюро@example.org” has letters before the @ that many mail servers "
        "refuse - choose a mailbox with a Latin name, like news@example.org",
    ),
    Bad(
        "query in the public address",
        swap("newsletter.yaml", "https://news.example.org", "https://news.example.org/a?q=1#x"),
        "newsletter.yaml:22:1: `public_url` ends with “?q=1#x”, behind which no address of an "
        "issue can stand - end it with the host or a folder, like https://news.example.org/bulletin",
    ),
    Bad(
        "password in the public address",
        swap("newsletter.yaml", "https://news.", "https://anna:secret@news."),
        "newsletter.yaml:22:1: `public_url` holds a user name or a password, which all readers "
        "would see - end it with the host or a folder, like https://news.example.org/bulletin",
    ),
]
PEOPLE = [
    Bad(
        "address without @",
        put("p.csv", "email\nanna.example.org\n"),
        "p.csv:2:1: row 2: anna.example.org has no @ sign - correct it or take the row out",
        "import p.csv",
    ),
    Bad(
        "second address behind a line break",
        put("p.csv", 'email\n"anna@example.org>\r\nRCPT TO:<evil@example.org"\n'),
        "p.csv:2:1: row 2: anna@example.org> RCPT TO:<evil@example.org has a line break "
        "or a control character in it - correct it or take the row out",
        "import p.csv",
    ),
    Bad(
        "line break in a name",
        put("p.csv", 'email,name\nanna@example.org,"Anna\nBcc: evil@example.org"\n'),
        "p.csv:2:1: row 2: the name has a line break in it - type it again, on one line",
        "import p.csv",
    ),
    Bad(
        "no column of addresses",
        put("p.csv", "naem,city\nAnna,Baku\n"),
        "p.csv:1:1: no column is called “E-mail”; found “naem”, “city” - say which one it is, for "
        'example --column "Contact=address"',
        "import p.csv",
    ),
    Bad(
        "quotation mark never closed",
        put("p.csv", 'email\n"anna@example.org\n'),
        "p.csv:2:1: a quotation mark opens a cell in this row and is not closed - close "
        "it or take it away",
        "import p.csv",
    ),
    Bad(
        "cells too many",
        put("p.csv", "email,name\na@example.org,A,B,C\n"),
        "p.csv:2:1: row 2: 4 cells, but the header has 2 - look for a separator too many "
        "or too few, or a quotation mark",
        "import p.csv",
    ),
    Bad(
        "Excel workbook",
        put("p.csv", b"PK\x03\x04" + bytes(60)),
        "p.csv: is an Excel or LibreOffice workbook, not a CSV table - save the table as "
        "“CSV UTF-8” and import that file",
        "import p.csv",
    ),
]
TABLE = [*YAML, *CONTENT, *HEADERS, *PICTURES, *TEMPLATES, *SETTINGS, *PEOPLE]


def test_the_office_that_is_spoilt_here_is_sound(small: Path) -> None:
    assert run("check spring", small) == ""


@pytest.mark.parametrize("bad", TABLE, ids=[bad.name for bad in TABLE])
def test_bad_input_gets_a_clear_error(small: Path, bad: Bad) -> None:
    bad.spoil(small)
    assert run(bad.command, small) == bad.answer


def test_the_table_has_thirty_rows_and_more() -> None:
    assert len({bad.name for bad in TABLE}) == len(TABLE) >= 30
