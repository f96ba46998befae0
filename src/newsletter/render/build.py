"""Write an issue as files: what `newsletter build` leaves for people and for other programs.

    DIR/manifest.json           digest of each Rendering, sha256 of each file
    DIR/LANGUAGE/newsletter.html, newsletter.txt, newsletter.eml, images/
    DIR/LANGUAGE/newsletter.pdf  the print edition, when it was asked for

The same workspace gives the same bytes, whenever and wherever it is built. Files are written
beside the old ones and renamed, so none is ever half written. What the last build left and this
one does not make goes: a PDF beside a newer mail would be of another issue. Files that no manifest
names are not ours and stay.
"""

import datetime
import hashlib
import json
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.address import parse_address
from newsletter.compose.compose import Composition
from newsletter.compose.files import write_whole
from newsletter.errors import WrongUsage
from newsletter.message.compile import compile_message
from newsletter.message.head import mail_head
from newsletter.message.recipient import no_reader
from newsletter.model.message import MailHead, Recipient
from newsletter.model.paper import Paper
from newsletter.model.rendering import Rendering, greeting_values

SAMPLE_ADDRESS = "reader@example.org"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Built:
    """A build: its manifest, and the files of the last one that are gone."""

    manifest: dict[str, Any]
    removed: tuple[str, ...]


def sample_values(rendering: Rendering, composition: Composition) -> dict[str, str]:
    """Return what the slots hold when no particular reader is meant."""
    sample = sample_recipient(sample_head(rendering, composition))
    return {
        **greeting_values(rendering.greeting, rendering.greeting_anonymous, ""),
        "unsubscribe_url": sample.unsubscribe_url,
        "preferences_url": sample.preferences_url,
    }


def build(
    composition: Composition,
    renderings: Mapping[str, Rendering],
    output: Path,
    papers: Mapping[str, Paper] | None = None,
) -> Built:
    """Write the editions, and `papers` by language, below `output`.

    Raises WrongUsage when `output` has a manifest that is not that of a build.
    """
    before = dict.fromkeys(_named(_last_manifest(output)))
    editions: dict[str, Any] = {}
    for language, rendering in renderings.items():
        files = _files(composition, rendering)
        for name, content in files.items():
            write_file(output / language / name, content)
        editions[language] = {
            "subject": rendering.subject,
            "digest": rendering.digest,
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        }
    manifest = {"issue": composition.slug, "editions": editions}
    if papers:
        manifest["paper"] = {
            language: _print(paper, output, f"{language}/newsletter.pdf")
            for language, paper in papers.items()
        }
    removed = tuple(_remove(output, before.keys() - set(_named(manifest))))
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    write_file(output / MANIFEST, text.encode())
    return Built(manifest, removed)


def _last_manifest(output: Path) -> dict[str, Any]:
    """Return the manifest of the last build in `output`; an empty one when there was none."""
    path = output / MANIFEST
    try:
        found = json.loads(path.read_bytes())
        list(_named(found))
    except FileNotFoundError:
        return {"editions": {}}
    except (ValueError, LookupError, TypeError, AttributeError):
        raise WrongUsage(
            f"{path} is not the manifest of a build",
            "name another folder with --output, or delete this one",
        ) from None
    return dict(found)


def _named(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that a manifest names, below its folder."""
    for language, edition in manifest["editions"].items():
        yield from (f"{language}/{name}" for name in edition["files"])
    for paper in manifest.get("paper", {}).values():
        yield str(paper["file"])


def _remove(output: Path, names: Iterable[str]) -> Iterator[str]:
    """Delete files of the last build, and folders that they leave empty; yield their names."""
    for name in sorted(names):
        path = output / name
        if not path.resolve().is_relative_to(output.resolve()) or not path.is_file():
            continue  # deleted by hand; or a manifest changed by hand, which leads nowhere else
        path.unlink()
        for folder in path.parents:
            if folder == output or any(folder.iterdir()):
                break
            folder.rmdir()
        yield name


def _print(paper: Paper, output: Path, name: str) -> dict[str, Any]:
    write_file(output / name, paper.data)
    return {"file": name, "sha256": paper.digest, "pages": paper.pages}


def write_file(path: Path, content: bytes) -> None:
    """Write `path` whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def _files(composition: Composition, rendering: Rendering) -> dict[str, bytes]:
    """Return the files of one edition by their names."""
    html, text = rendering.filled(sample_values(rendering, composition))
    files: dict[str, bytes] = {}
    for picture in rendering.pictures:
        name = f"images/{picture.web_name}"
        html = html.replace(f"cid:{picture.cid}", name)
        files[name] = picture.data
    head = sample_head(rendering, composition)
    message = compile_message(rendering, head).build(sample_recipient(head))
    return {
        "newsletter.html": html.encode(),
        "newsletter.txt": text.encode(),
        "newsletter.eml": message,
        **files,
    }


def sample_head(rendering: Rendering, composition: Composition) -> MailHead:
    """Return the head as for the issue's first List, dated at noon of the issue's day."""
    settings, issue = composition.office.settings, composition.issue
    noon = datetime.time(12, tzinfo=zoneinfo.ZoneInfo(settings.time_zone))
    return mail_head(
        settings,
        issue.lists[0],
        composition.office.lists.lists[issue.lists[0]],
        slug=composition.slug,
        languages=composition.languages_of(rendering.language),
        date=datetime.datetime.combine(issue.date, noon),
        view_url=composition.view_url(rendering.language),
    )


def sample_recipient(head: MailHead) -> Recipient:
    """Return a recipient who is nobody: the links change nothing for anybody."""
    return no_reader(head, parse_address(SAMPLE_ADDRESS), message_id="sample", word="sample")
