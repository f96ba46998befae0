"""A workspace to begin with: copied by `newsletter init`, never edited where it is installed.

`files/` is a small office of its own; the theme and the sample workspace (the ILO Moscow
newsletter) are the ones at the root of this program's repository, carried in its package.
"""

import importlib.resources
import shutil
from importlib.resources.abc import Traversable
from pathlib import Path

from newsletter.compose.files import named
from newsletter.compose.schema import write_schemas
from newsletter.compose.workspace import Folder
from newsletter.errors import WrongUsage

SAMPLE_THEME = "ilo-moscow"
STARTER_THEME = "office"
SAMPLE_PEOPLE = ("sample.csv", "sample-media.csv")

_IGNORED = """\
# state with keys and addresses, and what `newsletter build` writes
.newsletter/
build/
# people are not kept in version control; these two files name nobody
/subscribers/*
!/subscribers/lists.yaml
!/subscribers/segments.yaml
"""


def make_workspace(folder: Path, *, sample: bool) -> None:
    """Fill `folder` with a workspace; raises WrongUsage when something is in it already.

    It is made beside its place and renamed, so that a copy that dies leaves nothing half-done.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WrongUsage(f"{folder} is not empty", "name a new folder: newsletter init my-office")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with named(folder):
            _fill(draft, sample=sample)
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def sample_data() -> Traversable:
    """Return the folder of the sample workspace: in the package, or the root of the repository."""
    package = importlib.resources.files("newsletter")
    inside = package / "_data"
    return inside if inside.is_dir() else Path(str(package)).parents[1]


def _fill(draft: Path, *, sample: bool) -> None:
    data = sample_data()
    if sample:
        _copy(data / "newsletter.yaml", draft / "newsletter.yaml")
        _copy(data / "issues", draft / "issues")
        for name in ("lists.yaml", "segments.yaml", *SAMPLE_PEOPLE):
            _copy(data / "subscribers" / name, draft / "subscribers" / name)
        _copy(data / "templates" / SAMPLE_THEME, draft / "templates" / SAMPLE_THEME)
    else:
        _copy(importlib.resources.files(__name__) / "files", draft)
        _copy(data / "templates" / SAMPLE_THEME, draft / "templates" / STARTER_THEME)
    (draft / ".gitignore").write_text(_IGNORED, encoding="utf-8")
    write_schemas(Folder(draft).settings().value.languages, draft / "schemas")


def _copy(source: Traversable, target: Path) -> None:
    if source.is_dir():
        for child in source.iterdir():
            _copy(child, target / child.name)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
