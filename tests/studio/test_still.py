"""The page as a file: whole in itself, of nobody, and of no place."""

import base64
import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.program import run
from tests.studio.served import Elements
from tests.workspace import edit, write

pytestmark = pytest.mark.slow


def exported(root: Path, *arguments: str) -> str:
    run(root, "preview", *arguments, "--export", "proof")
    return (root / "proof" / "index.html").read_text(encoding="utf-8")


def test_the_only_issue_is_one_file_which_is_named_with_its_size(spring: Path) -> None:
    said = run(spring, "preview", "--export", "proof").stdout
    assert [path.name for path in (spring / "proof").iterdir()] == ["index.html"]
    size = round((spring / "proof/index.html").stat().st_size / 1024)
    assert f"proof/index.html  {size} KB" in said


def test_everything_is_in_the_file_and_nothing_is_loaded(office: Path) -> None:
    page = exported(office, "2015-1")
    elements = Elements.of(page)
    assert elements.all("link") == []
    assert [script for script in elements.all("script") if "src" in script] == []
    held = json.loads(page.split('id="held">')[1].split("</script>")[0])
    assert held["mails"].keys() == {
        f"{language} {scheme}"
        for language in ("en", "ru")
        for scheme in ("light", "dark", "partial", "full")
    }
    for mail in held["mails"].values():
        sources = {image["src"] for image in Elements.of(mail).all("img")}
        assert sources
        for source in sources:
            kind, digest = source.split(":")
            data = base64.b64decode(held["pictures"][digest].split(",")[1])
            assert (kind, hashlib.sha256(data).hexdigest()) == ("picture", digest)


def test_the_policy_allows_the_pages_own_script_alone(spring: Path) -> None:
    page = exported(spring)
    policy = Elements.of(page).one("meta", **{"http-equiv": "Content-Security-Policy"})["content"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    sealed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert rules["script-src"] == f"'sha256-{sealed}'"
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert "connect-src" not in rules


def test_words_that_look_like_a_script_stay_words(spring: Path) -> None:
    evil = "</script><script>alert(1)</script>"
    edit(spring, "issues/items/school.yaml", "Forty young people met.", f'"{evil}"')
    page = exported(spring)
    assert page.count("<script") == 2
    assert "alert(1)" in page


def test_the_same_workspace_gives_the_same_page_wherever_it_is(
    spring: Path, tmp_path: Path
) -> None:
    other = tmp_path / "somewhere else"
    shutil.copytree(spring, other)
    first = exported(spring)
    assert first == exported(other)
    assert str(tmp_path) not in first


def test_several_issues_are_a_table_and_a_file_each(spring: Path) -> None:
    shutil.copytree(spring / "issues/spring", spring / "issues/summer")
    table = exported(spring)
    assert {path.name for path in (spring / "proof").iterdir()} == {
        "index.html",
        "spring.html",
        "summer.html",
    }
    links = {link["href"] for link in Elements.of(table).all("a")}
    assert links == {"spring.html", "summer.html"}
    assert "Sending" not in table
    issue = (spring / "proof/spring.html").read_text(encoding="utf-8")
    assert 'href="index.html"' in issue


def test_an_issue_with_faults_shows_them(spring: Path) -> None:
    edit(spring, "issues/items/school.yaml", "kind: news", "kind: nwes")
    page = exported(spring)
    assert "issues/items/school.yaml:1:1" in page
    assert "There is no mail to see" in Elements.of(page).words


def test_another_file_is_never_replaced(spring: Path) -> None:
    exported(spring)
    exported(spring)
    write(spring, "proof/index.html", "<p>mine")
    refused = run(spring, "preview", "--export", "proof", code=2).stderr
    assert "proof/index.html is not a page of the preview" in refused
    assert (spring / "proof/index.html").read_text(encoding="utf-8") == "<p>mine"


def test_an_issue_that_does_not_exist_is_named(spring: Path) -> None:
    refused = run(spring, "preview", "sprung", "--export", "proof", code=2).stderr
    assert "did you mean `spring`?" in refused
    assert not (spring / "proof").exists()
