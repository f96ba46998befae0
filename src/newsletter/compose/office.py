"""Read `newsletter.yaml` and `subscribers/lists.yaml`, and check the names in them."""

import re
import zoneinfo
from collections.abc import Iterable, Mapping

from newsletter.address import parse_address
from newsletter.compose.dates import is_known
from newsletter.compose.markdown import web_address
from newsletter.compose.pool import Source
from newsletter.compose.problems import did_you_mean
from newsletter.compose.schema import validate
from newsletter.compose.yamlfile import YamlFile
from newsletter.errors import InputRefused
from newsletter.languages import is_tag, name_in
from newsletter.model.finding import Finding
from newsletter.model.place import Marks
from newsletter.model.settings import Lists, Settings

_PASSWORD = re.compile(r"[a-z]+://[^/?#]*:[^/?#]*@")

LONGEST_RETURN_PATH = 20
"""Letters before the @ that leave room for a token: 64 in all (RFC 5321 4.5.3.1.1)."""


def parse_settings(file: YamlFile) -> Settings:
    """Return the Settings in `file`; raises InputRefused."""
    settings = validate(file, Settings, rule="settings")
    if findings := _settings_findings(Source(settings, file.marks)):
        raise InputRefused(findings)
    # Headers and links want a host in ASCII, whatever letters the office writes it in.
    return settings.model_copy(update={"public_url": web_address(settings.public_url)})


def parse_lists(file: YamlFile) -> Lists:
    """Return the Lists in `file`; raises InputRefused."""
    return validate(file, Lists, rule="lists")


def list_findings(source: Source[Lists], settings: Settings) -> list[Finding]:
    """Return what is wrong with the languages in `subscribers/lists.yaml`."""
    findings: list[Finding] = []
    for name, subscribed in source.value.lists.items():
        at = ("lists", name)
        findings += unknown_blocks(subscribed.texts, settings.languages, source.marks, *at)
        known = [each for each in subscribed.languages if each in settings.languages]
        findings += missing_blocks(subscribed.texts, known, source.marks, *at)
        findings += [
            Finding(
                rule="reference",
                place=source.marks.at(*at, "languages", position),
                message=f"there is no language “{language}”",
                remedy=did_you_mean(language, settings.languages),
            )
            for position, language in enumerate(subscribed.languages)
            if language not in known
        ]
    return findings


def missing_blocks(
    texts: Mapping[str, object], languages: Iterable[str], marks: Marks, *path: str | int
) -> list[Finding]:
    """Return a Finding for each of `languages` that has no block in `texts`, found at `path`."""
    owner = ": ".join(str(part + 1) if isinstance(part, int) else part for part in path)
    return [
        Finding(
            rule="translation",
            place=marks.at(*path),
            message=f"the block `{language}:` is missing" + (f" in `{owner}`" if owner else ""),
            remedy=f"add it beside the others, with the words in {name_in(language, 'en')}",
        )
        for language in languages
        if language not in texts
    ]


def unknown_blocks(
    texts: Mapping[str, object], languages: Iterable[str], marks: Marks, *path: str | int
) -> list[Finding]:
    """Return a Finding for each block in `texts` whose language the newsletter has not."""
    known = list(languages)
    return [
        Finding(
            rule="language",
            place=marks.at(*path, language),
            message=f"`{language}` is not a language of this newsletter",
            remedy=f"{did_you_mean(language, known)} (see `languages` in newsletter.yaml)",
        )
        for language in texts
        if language not in known
    ]


def _settings_findings(source: Source[Settings]) -> list[Finding]:
    settings, marks = source.value, source.marks
    known = [language for language in settings.languages if is_tag(language) and is_known(language)]
    findings = [
        Finding(
            rule="settings",
            place=marks.at("languages", position),
            message=f"“{language}” is not the tag of a known language",
            remedy="write en, ru, kk, uz-Cyrl …",
        )
        for position, language in enumerate(settings.languages)
        if language not in known
    ]
    if settings.default_language not in settings.languages:
        findings.append(
            Finding(
                rule="settings",
                place=marks.at("default_language"),
                message=f"“{settings.default_language}” is not one of `languages`",
                remedy=did_you_mean(settings.default_language, settings.languages),
            )
        )
    if settings.time_zone not in zoneinfo.available_timezones():
        findings.append(
            Finding(
                rule="settings",
                place=marks.at("time_zone"),
                message=f"“{settings.time_zone}” is not a time zone",
                remedy=did_you_mean(settings.time_zone, zoneinfo.available_timezones()),
            )
        )
    if _PASSWORD.match(settings.relay or ""):
        findings.append(
            Finding(
                rule="settings",
                place=marks.at("relay"),
                message="a password stands in a file that colleagues share",
                remedy="put the address into NEWSLETTER_RELAY or a `relay_file`, and change it",
            )
        )
    local_part = settings.sender.return_path.split("@")[0]
    if len(local_part) > LONGEST_RETURN_PATH:
        findings.append(
            Finding(
                rule="settings",
                place=marks.at("sender", "return_path"),
                message=f"“{local_part}” leaves no room for what is added to it in each mail",
                remedy=f"choose at most {LONGEST_RETURN_PATH} letters before the @, like bounces",
            )
        )
    findings += _dkim_findings(settings, marks)
    findings += _translation_findings(settings, marks)
    for key in ("publisher", "sender", "numbering"):
        texts = getattr(settings, key).texts
        findings += missing_blocks(texts, known, marks, key)
        findings += unknown_blocks(texts, settings.languages, marks, key)
    for key in ("countries", "topics"):
        for name, words in getattr(settings, key).items():
            findings += missing_blocks(words, known, marks, key, name)
    return findings


def _dkim_findings(settings: Settings, marks: Marks) -> list[Finding]:
    """Return what would make signatures worthless, whatever the keys are."""
    dkim, findings = settings.dkim, []
    if dkim is None:
        return []
    sender = parse_address(settings.sender.address).domain
    if dkim.domain and not _is_aligned(dkim.domain, sender):
        findings.append(
            Finding(
                rule="settings",
                place=marks.at("dkim", "domain"),
                message=f"{dkim.domain} cannot vouch for the sender's domain {sender}: to DMARC, "
                "by which mail services judge, its signature counts for nothing",
                remedy=f"leave the line out, or write {sender} or a domain above or below it",
            )
        )
    if dkim.ed25519 and dkim.ed25519.selector == dkim.selector:
        findings.append(
            Finding(
                rule="settings",
                place=marks.at("dkim", "ed25519", "selector"),
                message=f"“{dkim.selector}” is the name of the RSA key already",
                remedy="give each key a name of its own: a name has one record in the DNS",
            )
        )
    return findings


def _is_aligned(one: str, other: str) -> bool:
    """Whether DMARC takes one domain for the other; of two that are side by side it is not sure."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _translation_findings(settings: Settings, marks: Marks) -> list[Finding]:
    """Return languages that `translations` names and the newsletter has not."""
    policy = settings.translations
    named: list[tuple[tuple[str, ...], str | None]] = [(("source",), policy.source)]
    for language, own in policy.texts.items():
        named += [((language,), language), ((language, "fall_back"), own.fall_back)]
        named += [((language, "notes", other), other) for other in own.notes]
    return [
        Finding(
            rule="settings",
            place=marks.at("translations", *path),
            message=f"“{language}” is not one of `languages`",
            remedy=did_you_mean(language, settings.languages),
        )
        for path, language in named
        if language and language not in settings.languages
    ]
