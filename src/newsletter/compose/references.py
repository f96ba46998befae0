"""Hold the names in items and issues against what there is: countries, topics, languages, files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.compose.office import missing_blocks, unknown_blocks
from newsletter.compose.pictures.refuse import READABLE, foreign_ending
from newsletter.compose.pool import Faults, PoolItem, Source
from newsletter.compose.problems import did_you_mean
from newsletter.compose.standins import needed_blocks
from newsletter.model.content import Issue, Section
from newsletter.model.finding import Finding
from newsletter.model.place import Marks, Place, YamlPath
from newsletter.model.segment import Segment
from newsletter.model.settings import Lists, Settings


@dataclass(frozen=True, slots=True)
class Known:
    """What names may speak of; `settings`, `lists`, `segments` are none when a file has faults.

    `pool` holds the items that are free of faults, `faults` what is wrong with the others.
    """

    root: Path
    settings: Settings | None
    lists: Lists | None
    pool: Mapping[str, PoolItem]
    faults: Faults
    segments: Mapping[str, Segment] | None = field(default_factory=dict)


def item_findings(entry: PoolItem, settings: Settings, root: Path) -> list[Finding]:
    """Return what is wrong with the names in one item of the pool."""
    item, marks = entry.item, entry.marks
    findings = _unknown(item.countries, settings.countries, marks, "countries", "country")
    findings += _unknown(item.topics, settings.topics, marks, "topics", "topic")
    findings += unknown_blocks(item.texts, settings.languages, marks)
    findings += _language_written_in(item.written_in, settings.languages, marks)
    if item.image:
        findings += image_findings(item.image.file, root, marks.at("image", "file"))
    for language, text in item.texts.items():
        fields = [name for name in type(text).model_fields if name != "verbatim"]
        findings += _unknown(text.verbatim, fields, marks, (language, "verbatim"), "field")
    return findings


def _language_written_in(
    written_in: str | None, languages: Iterable[str] | None, marks: Marks
) -> list[Finding]:
    if not written_in or languages is None or written_in in languages:
        return []
    message = f"there is no language “{written_in}”"
    remedy = did_you_mean(written_in, languages)
    place = marks.at("written_in")
    return [Finding(rule="reference", place=place, message=message, remedy=remedy)]


def image_findings(file: str, root: Path, place: Place) -> list[Finding]:
    """Return what is wrong with the path of a picture; it must lie below `root`/issues."""

    def finding(message: str, remedy: str) -> list[Finding]:
        return [Finding(rule="image", place=place, message=message, remedy=remedy)]

    folder = (root / "issues").resolve()
    path = folder / file
    if "://" in file or file.startswith(("/", "\\")) or not _lies_in(folder, path):
        return finding(
            f"the picture “{file}” lies outside the folder issues/",
            "copy it to issues/images/ and write `file: images/name.png`",
        )
    if not _is(path, Path.is_file):
        if what := _other_than_a_file(path):
            return finding(f"“{file}” is {what}, not a picture", "name the file of a picture")
        names = [
            found.relative_to(folder).as_posix()
            for found in folder.rglob("*")
            if found.suffix.lower() in READABLE and found.is_file()
        ]
        return finding(f"there is no picture “{file}”", did_you_mean(file, names))
    if refused := foreign_ending(path.suffix.lower()):
        return finding(f"“{file}” {refused.message}", refused.remedy)
    return []


def _lies_in(folder: Path, path: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):  # a link that leads to itself
        return False


def _is(path: Path, kind: Callable[[Path], bool]) -> bool:
    try:
        return kind(path)
    except OSError:  # a name that is too long for any file
        return False


def _other_than_a_file(path: Path) -> str:
    """Return what stands at `path` instead of a file; empty when nothing does."""
    if _is(path, Path.is_dir):
        return "a folder"
    if _is(path, Path.exists):
        return "a pipe or a device"
    return "a link that leads nowhere" if _is(path, Path.is_symlink) else ""


def issue_findings(source: Source[Issue], known: Known) -> list[Finding]:
    """Return what is wrong with the names in one issue, and with the items it picks by id."""
    issue, marks = source.value, source.marks
    languages = known.settings.languages if known.settings else None
    findings = _unknown(issue.languages, languages, marks, "languages", "language")
    findings += _language_written_in(issue.written_in, languages, marks)
    findings += _unknown(
        issue.lists, known.lists.lists if known.lists else None, marks, "lists", "list"
    )
    findings += _list_languages(source, known)
    findings += missing_blocks(issue.texts, issue.languages, marks)
    findings += unknown_blocks(issue.texts, languages or issue.texts, marks)
    findings += _theme_findings(issue, marks, known.root)
    for number, section in enumerate(issue.sections):
        at = ("sections", number)
        findings += unknown_blocks(section.texts, languages or section.texts, marks, *at)
        if section.texts:
            findings += missing_blocks(section.texts, issue.languages, marks, *at)
        only_for = (section.only_for,) if section.only_for else ()
        findings += _unknown(only_for, known.segments, marks, (*at, "only_for"), "segment")
        findings += _picked_findings(section, issue.languages, marks, at, known)
    return findings


def _list_languages(source: Source[Issue], known: Known) -> list[Finding]:
    """Return a Finding for each List that goes out in other languages than those of the issue."""
    issue = source.value
    if not known.lists or not known.settings or issue.editions == "stacked":
        return []  # one mail with all languages in it is for everybody
    lists, there = known.lists.lists, set(known.settings.languages)
    wanted = {
        (number, name): lists[name].languages
        for number, name in enumerate(issue.lists)
        if name in lists and there >= set(lists[name].languages)
    }
    return [
        Finding(
            rule="reference",
            place=source.marks.at("lists", number),
            message=f"the list {name} goes out in {', '.join(languages)}, "
            "and the issue has no such edition",
            remedy="add the language to the issue, take the list out, or see its `languages`",
        )
        for (number, name), languages in wanted.items()
        if languages and not set(languages) & set(issue.languages)
    ]


def _picked_findings(
    section: Section, languages: Iterable[str], marks: Marks, at: YamlPath, known: Known
) -> list[Finding]:
    """Return what is wrong with the items that a section names, and with the names in its rule."""
    ids = {*known.pool, *known.faults}
    findings = _unknown(section.items, ids, marks, (*at, "items"), "item")
    for item_id in dict.fromkeys(section.items):
        findings += known.faults.get(item_id, ())
        if entry := known.pool.get(item_id):
            findings += _draft_findings(entry)
            needed = needed_blocks(entry.item.texts, languages, known.settings)
            findings += missing_blocks(entry.item.texts, needed, entry.marks)
    if rule := section.pick:
        settings, pick = known.settings, (*at, "pick")
        countries = settings.countries if settings else None
        topics = settings.topics if settings else None
        findings += _unknown(rule.countries, countries, marks, (*pick, "countries"), "country")
        findings += _unknown(rule.topics, topics, marks, (*pick, "topics"), "topic")
        findings += _unknown(rule.leave_out, ids, marks, (*pick, "except"), "item")
    return findings


def _draft_findings(entry: PoolItem) -> list[Finding]:
    """Return what to say of an item that an issue names, and that is not ready."""
    if not entry.item.draft:
        return []
    return [
        Finding(
            rule="draft",
            place=entry.marks.at("draft"),
            message=f"{entry.id} is still a draft",
            remedy="finish it and delete the line `draft: true`, or take it out of the issue",
        )
    ]


def _theme_findings(issue: Issue, marks: Marks, root: Path) -> list[Finding]:
    themes = [path.parent.name for path in (root / "templates").glob("*/theme.yaml")]
    if not themes:
        return [_no_theme(issue.theme, marks.at("theme"), root / "templates")]
    if findings := _unknown((issue.theme,), themes, marks, "theme", "theme"):
        return findings
    parts = root / "templates" / issue.theme / "parts"
    layouts = [
        path.name.removesuffix(".mjml.j2")
        for path in parts.glob("*.mjml.j2")
        if not path.name.startswith("_")
    ]
    return [
        finding
        for number, section in enumerate(issue.sections)
        for finding in _unknown(
            (section.layout,), layouts, marks, ("sections", number, "layout"), "layout"
        )
    ]


def _no_theme(name: str, place: Place, templates: Path) -> Finding:
    """Return that a theme is not there, nor any other."""
    lack = "has no theme in it" if templates.is_dir() else "is not there"
    return Finding(
        rule="reference",
        place=place,
        message=f"there is no theme “{name}”: the folder templates/ {lack}",
        remedy="bring it back, or copy one out of a new workspace: newsletter init FOLDER",
    )


def _unknown(
    words: Iterable[str],
    known: Iterable[str] | None,
    marks: Marks,
    path: str | YamlPath,
    what: str,
) -> list[Finding]:
    """Return a Finding for each of `words`, a list at `path`, that is not `known` or repeated.

    Where what is known could not be read, every word passes.
    """
    choices = list(words if known is None else known)
    where = (path,) if isinstance(path, str) else path
    findings: list[Finding] = []
    seen: set[str] = set()
    for position, word in enumerate(words):
        place = marks.at(*where, position)
        if word not in choices:
            message, remedy = f"there is no {what} “{word}”", did_you_mean(word, choices)
            findings.append(Finding(rule="reference", place=place, message=message, remedy=remedy))
        elif word in seen:
            message, remedy = f"the {what} “{word}” stands here twice", "remove one of the two"
            findings.append(Finding(rule="reference", place=place, message=message, remedy=remedy))
        seen.add(word)
    return findings
