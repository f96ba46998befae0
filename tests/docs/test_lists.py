"""What pages list is what there is: standards that the code cites, libraries, words."""

import ast
import re
import tomllib

import pytest

from newsletter.model.mailing import DeliveryState, ExclusionReason, Scope, Verdict
from tests.docs.pages import ROOT, page

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


LIBRARIES = {
    "ruamel.yaml": {"ruamel"},
    "pydantic": {"pydantic", "pydantic_core"},
    "markdown-it-py": {"markdown_it"},
    "Pillow": {"PIL"},
    "Babel": {"babel"},
    "Jinja": {"jinja2"},
    "mjml-python": {"mjml"},
    "premailer": {"premailer"},
    "lxml": {"lxml"},
    "tinycss2, cssselect2": {"tinycss2", "cssselect2"},
    "httpcore2, httpx2": {"httpcore2", "httpx2"},
    "feedparser": {"feedparser"},
    "imap-tools": {"imap_tools"},
    "WeasyPrint (with pyphen)": {"weasyprint", "pyphen"},
    "email-validator (with idna)": {"email_validator", "idna"},
    "aiosmtplib, aiosmtpd": {"aiosmtplib", "aiosmtpd"},
    "dnspython": {"dns"},
    "cryptography": {"cryptography"},
    "SQLAlchemy, Alembic": {"sqlalchemy", "alembic"},
    "click, rich": {"click", "rich"},
    "Starlette, uvicorn, h11, watchfiles": {"starlette", "uvicorn", "h11", "watchfiles"},
}
"""The rows of the table of libraries, and what modules import of them."""


def imports() -> dict[str, set[str]]:
    """Return what each module of the program imports from outside, by its path."""
    room = ROOT / "src" / "newsletter"
    found: dict[str, set[str]] = {}
    for path in room.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = found.setdefault(path.relative_to(room).as_posix(), set())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {each.name.split(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return found


def name_of(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return found[0]


def cited() -> set[str]:
    """Return the number of every RFC that the program cites; RFC822.SIZE is a word of IMAP."""
    numbers: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for run in re.findall(r"RFC ?(\d{3,5}(?:, \d{4})*)(?!\\?\.[A-Z])", text):
            numbers |= set(run.split(", "))
    return numbers


def test_every_standard_that_the_code_cites_is_listed() -> None:
    rows = re.findall(r"^\| (RFC [^|]+)\|", page("docs/specifications.md").text, re.MULTILINE)
    listed = {number for row in rows for number in re.findall(r"\d{3,5}", row)}
    assert len(cited()) > 20
    assert cited() - listed == set()


def test_every_standard_says_how_far_it_is_followed() -> None:
    for row in re.findall(r"^\| RFC .*$", page("docs/specifications.md").text, re.MULTILINE):
        assert row.split(" | ")[2] in ("yes", "partly", "no", "no |"), row


def test_every_library_is_listed_with_a_reason_and_no_other() -> None:
    text = page("docs/dependencies.md").text
    rows = dict(re.findall(r"^\| ([a-z][\w.-]+) \| (.+) \|$", text, re.MULTILINE))
    rows.pop("library", None)
    assert rows.keys() == {name_of(each) for each in PYPROJECT["project"]["dependencies"]}


def test_every_library_lives_where_the_table_says() -> None:
    text = page("docs/architecture.md").text.split("### Where a third-party")[1].split("###")[0]
    table = dict(re.findall(r"^\| ([^`|]+?) \| (`.+) \|$", text, re.MULTILINE))
    assert table.keys() == LIBRARIES.keys()
    for row, modules in LIBRARIES.items():
        named = re.findall(r"`([\w./]+)`", table[row])
        users = {path for path, names in imports().items() if names & modules}
        assert users
        assert {path for path in users if not path.startswith(tuple(named))} == set(), row
        assert all(any(path.startswith(name) for path in users) for name in named), row


def test_every_tool_for_development_is_named() -> None:
    extras = PYPROJECT["project"]["optional-dependencies"]
    text = page("docs/dependencies.md").text
    for each in (one for extra in extras.values() for one in extra):
        if name_of(each) != "newsletter":
            assert name_of(each) in text


@pytest.mark.parametrize("state", DeliveryState)
def test_every_state_is_explained(state: DeliveryState) -> None:
    assert state in page("docs/architecture.md").text
    if state is not DeliveryState.SUBMITTING:
        assert re.search(
            rf"^\| {state} \|", page("docs/how-to/send-an-issue.md").text, re.MULTILINE
        )
        assert f"`mailings[].{state}`" in page("docs/json.md").text


def test_every_reason_to_leave_somebody_out_is_listed() -> None:
    text = page("docs/json.md").text
    assert all(f"`{reason}`" in text for reason in ExclusionReason)


def test_the_glossary_has_the_words_of_the_ledger() -> None:
    text = page("docs/glossary.md").text.lower()
    states = {state.value for state in DeliveryState} - {"pending", "submitting", "cancelled"}
    for word in states | {verdict.value for verdict in Verdict}:
        assert f"| {word} |" in text
    assert all(scope in text for scope in Scope)
