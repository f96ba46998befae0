"""`newsletter items add`: an item from options, and from questions about what they leave out."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.options import KINDS, Day, day_option
from newsletter.cli.show import has_person
from newsletter.errors import InputRefused, NewsletterError, WrongUsage

if TYPE_CHECKING:
    from newsletter.compose.drafts import NewItem
    from newsletter.model.settings import Settings

_WORDS = ("title", "lead", "place", "quote", "person", "position", "publisher", "partners")
_DAYS = ("starts", "ends", "deadline")
_QUESTIONS = {
    "title": "Title",
    "lead": "One or two sentences below it",
    "place": "Place (town and country)",
    "quote": "The words quoted, without quotation marks",
    "person": "Who said it",
    "position": "Their title and organisation",
    "starts": "First day",
    "ends": "Last day",
    "deadline": "Last day to apply or respond",
}
_ASKED_THOUGH_OPTIONAL = ("lead", "ends")


@click.command(name="add")
@click.argument("kind", type=click.Choice(KINDS), required=False, metavar="[KIND]")
@click.option("--title", help="The headline.")
@click.option("--lead", help="One or two sentences below it.")
@day_option("--date", "day", help="Day of the item; today by default.")
@click.option("--country", "countries", multiple=True, help="Country it is about: its code.")
@click.option("--topic", "topics", multiple=True, help="Topic it belongs to: its name.")
@click.option("--language", help="Language of the words; the first of the office by default.")
@click.option(
    "--link",
    "links",
    nargs=2,
    multiple=True,
    metavar="LABEL URL",
    help="A link below the story: what readers see, and where it leads.",
)
@click.option("--place", help="Of an event or a vacancy: town and country.")
@day_option("--starts", help="Of an event or a project: its first day.")
@day_option("--ends", help="Of an event or a project: its last day.")
@day_option("--deadline", help="Of a vacancy or an announcement: the last day to respond.")
@click.option("--quote", help="Of an interview: the words, without quotation marks.")
@click.option("--person", help="Of an interview: who said them.")
@click.option("--position", help="Of an interview: title and organisation of that person.")
@click.option("--publisher", help="Of a publication: who published it.")
@click.option("--partners", help="Of a project: who takes part or pays.")
@click.option("--name", help="Part of the file's name; made from the title by default.")
@click.option("--draft", is_flag=True, help="Mark it as a draft, which no issue takes.")
@pass_desk
def add_item(desk: Desk, /, kind: str | None, **given: Any) -> None:
    """Add an item to the pool.

    KIND is news, announcement, event, publication, project, vacancy or interview.

    What the options leave out, it asks for. Without a terminal it asks nothing, and says which
    options are missing. The file has comments that explain what else the item may have; to fill in
    all of it in your text editor, use `newsletter new KIND NAME`.

    \b
    Examples:
      newsletter items add
      newsletter items add news --title "A school opens" --country kz
      newsletter items add event --title Fair --starts 2015-04-21 --place Osh
    """
    from newsletter.compose.drafts import write_item

    settings = desk.folder.settings().value
    answers = _Answers(settings, {key: each for key, each in given.items() if each})
    chosen = kind or answers.kind()
    new = _item(chosen, answers)
    try:
        path = write_item(desk.folder, new)
    except InputRefused as refused:
        raise _in_terms_of_options(refused) from None
    click.echo(path.relative_to(desk.config.root).as_posix())
    click.echo(f"Next: write the story below `text:`{_also(settings, new.words)}.")


def _item(kind: str, answers: "_Answers") -> "NewItem":
    """Return the item that the answers describe; raises WrongUsage with all that is missing."""
    from newsletter.compose.drafts import NewItem, block_model
    from newsletter.compose.names import slug_of
    from newsletter.model.content import KINDS as MODELS

    facts, words = MODELS[kind].model_fields, block_model(kind).model_fields
    answers.insist_on_kind(kind, {*facts, *words})
    needed = [*(n for n in _WORDS if n in words), *(n for n in _DAYS if n in facts)]
    required = {n for n in needed if (words.get(n) or facts[n]).is_required()}
    answers.complete(needed, required)
    language = answers.language()
    found = answers.given
    own = {name: found[name] for name in needed if name in found}
    block = {name: value for name, value in own.items() if name in words}
    if "links" in found:
        block["links"] = [{"label": label, "url": url} for label, url in found["links"]]
    item_facts = {name: value for name, value in own.items() if name in _DAYS}
    item_facts |= {name: list(found[name]) for name in ("countries", "topics") if name in found}
    if found.get("draft"):
        item_facts["draft"] = True
    if language != answers.source_language:
        item_facts["written_in"] = language
    return NewItem(
        kind=kind,
        name=answers.name() or slug_of(str(block["title"])),
        day=found.get("day") or answers.today,
        facts=item_facts,
        words={language: block},
    )


@dataclass
class _Answers:
    """What the options say, and what somebody at the terminal adds."""

    settings: "Settings"
    given: dict[str, Any]

    @property
    def today(self) -> datetime.date:
        """The editor's day."""
        return datetime.datetime.now(tz=datetime.UTC).astimezone().date()

    @property
    def source_language(self) -> str:
        """The language in which items are written first."""
        return self.settings.translations.source or self.settings.default_language

    def kind(self) -> str:
        """Return the kind; raises WrongUsage when there is nobody to ask."""
        if not has_person():
            raise WrongUsage("what kind of item?", "known: " + ", ".join(KINDS))
        return str(click.prompt("Kind", type=click.Choice(KINDS), default="news"))

    def language(self) -> str:
        """Return the language of the words; raises WrongUsage when the office has it not."""
        from newsletter.compose.catalogue import insist_known

        language = str(self.given.get("language") or self.source_language)
        insist_known("language", (language,), self.settings.languages)
        return language

    def name(self) -> str:
        """Return the part of the file's name that was asked for; raises WrongUsage."""
        from newsletter.model.written import is_slug

        name = str(self.given.get("name", ""))
        if name and not is_slug(name):
            raise WrongUsage(
                f"“{name}” cannot be part of a file's name here",
                "use small Latin letters, digits and hyphens: arctic-school",
            )
        return name

    def insist_on_kind(self, kind: str, known: set[str]) -> None:
        """Raise WrongUsage for options that items of `kind` have not."""
        foreign = [each for each in (*_WORDS, *_DAYS) if each in self.given and each not in known]
        if foreign:
            options = ", ".join(f"--{each}" for each in foreign)
            raise WrongUsage(f"an item of the kind {kind} has no {options}", "leave it out")
        for key in ("countries", "topics"):
            self._known_only(key, self.given.get(key, ()))

    def complete(self, needed: list[str], required: set[str]) -> None:
        """Ask for what is missing; raises WrongUsage with all of it when there is nobody to ask."""
        missing = [each for each in needed if each not in self.given]
        if not has_person():
            if lacking := [f"--{each}" for each in missing if each in required]:
                raise WrongUsage(
                    f"say also {', '.join(lacking)}", "or run it at a terminal: it asks"
                )
            return
        if not any(each in required for each in missing):
            return  # whoever said all that is needed wants no questions
        for each in missing:
            if each in required or each in _ASKED_THOUGH_OPTIONAL:
                self._ask(each, optional=each not in required)
        if "day" not in self.given:
            self.given["day"] = click.prompt("Date", type=Day(), default=self.today)
        self._ask_names("countries", "Countries", self.settings.countries)
        self._ask_names("topics", "Topics", self.settings.topics)

    def _ask(self, name: str, *, optional: bool) -> None:
        question = _QUESTIONS[name] + (" (Enter for none)" if optional else "")
        check: Callable[[str], Any] = _day_or_nothing if name in _DAYS else _one_line
        answer = click.prompt(
            question, default="" if optional else None, show_default=False, value_proc=check
        )
        if answer:
            self.given[name] = answer

    def _ask_names(self, key: str, question: str, known: Mapping[str, object]) -> None:
        if key in self.given or not known:
            return
        click.echo(click.wrap_text(f"{question}: {', '.join(known)}"))
        answer = click.prompt(
            "Which (Enter for none)",
            default="",
            show_default=False,
            value_proc=lambda text: _known_or_asked_again(
                lambda: self._known_only(key, text.replace(",", " ").split())
            ),
        )
        if answer:
            self.given[key] = answer

    def _known_only(self, key: str, words: Any) -> list[str]:
        """Return `words`; raises WrongUsage when one is not known."""
        from newsletter.compose.catalogue import insist_known

        what, known = {
            "countries": ("country", self.settings.countries),
            "topics": ("topic", self.settings.topics),
        }[key]
        insist_known(what, words, known)
        return list(words)


def _known_or_asked_again(check: Callable[[], Any]) -> Any:
    """Return what `check` returns; at a question a wrong word is asked for once more."""
    try:
        return check()
    except WrongUsage as fault:
        raise click.UsageError(f"{fault.message} - {fault.remedy}") from None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _day_or_nothing(text: str) -> datetime.date | None:
    return Day().convert(text, None, None) if text else None


def _in_terms_of_options(refused: InputRefused) -> NewsletterError:
    """Return the faults of a file that was not written, without places in it."""
    lines = [f"{each.message} - {each.remedy}" for each in refused.findings]
    return WrongUsage("\n  ".join(lines))


def _also(settings: "Settings", words: Mapping[str, object]) -> str:
    others = [language for language in settings.languages if language not in words]
    return f", and fill in {' and '.join(f'`{each}:`' for each in others)}" if others else ""
