"""The folder of a build: what an earlier build left goes, what is not ours stays."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.errors import WrongUsage
from newsletter.model.paper import Paper
from newsletter.render.build import build
from tests.workspace import Way, small_office, take_the_way, write

PAPERS = {"en": Paper(b"%PDF in English", 2), "ru": Paper(b"%PDF in Russian", 2)}


@pytest.fixture
def way(tmp_path: Path) -> Way:
    return take_the_way(small_office(tmp_path / "office"))


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_pdf_does_not_outlive_the_build_that_made_it(way: Way, tmp_path: Path) -> None:
    output = tmp_path / "out"
    build(way.composition, way.renderings, output, PAPERS)
    built = build(way.composition, way.renderings, output)
    assert built.removed == ("en/newsletter.pdf", "ru/newsletter.pdf")
    assert not list(output.rglob("*.pdf"))
    assert build(way.composition, way.renderings, output).removed == ()


def test_a_language_that_is_left_out_goes_with_its_folder(way: Way, tmp_path: Path) -> None:
    output = tmp_path / "out"
    build(way.composition, way.renderings, output, PAPERS)
    alone = {"en": way.renderings["en"]}
    built = build(way.composition, alone, output, {"en": PAPERS["en"]})
    assert "ru/newsletter.html" in built.removed
    assert not (output / "ru").exists()
    assert (output / "en/newsletter.pdf").read_bytes() == PAPERS["en"].data


def test_pictures_that_the_mail_no_longer_has_go(way: Way, tmp_path: Path) -> None:
    output = tmp_path / "out"
    build(way.composition, way.renderings, output)
    manifest = json.loads((output / "manifest.json").read_bytes())
    manifest["editions"]["en"]["files"]["images/old-12345678.jpg"] = "0" * 64
    write(output, "manifest.json", json.dumps(manifest))
    write(output, "en/images/old-12345678.jpg", b"old")
    built = build(way.composition, way.renderings, output)
    assert built.removed == ("en/images/old-12345678.jpg",)
    assert not (output / "en/images").exists()


def test_files_that_no_manifest_names_stay(way: Way, tmp_path: Path) -> None:
    output = tmp_path / "out"
    write(output, "en/notes.txt", "for the director")
    write(output, "newsletter.pdf", "by another program")
    build(way.composition, way.renderings, output, PAPERS)
    build(way.composition, way.renderings, output)
    assert {"en/notes.txt", "newsletter.pdf"} <= files(output)


def test_a_manifest_that_leads_out_of_the_folder_removes_nothing(way: Way, tmp_path: Path) -> None:
    output = tmp_path / "out"
    write(tmp_path, "precious.txt", "precious")
    manifest = {"editions": {"..": {"files": {"precious.txt": "0"}}}}
    write(output, "manifest.json", json.dumps(manifest))
    assert build(way.composition, way.renderings, output).removed == ()
    assert (tmp_path / "precious.txt").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"editions": []}', '{"editions": {"en": 1}}'])
def test_a_manifest_of_something_else_is_not_written_over(
    way: Way, tmp_path: Path, content: str
) -> None:
    output = tmp_path / "out"
    write(output, "manifest.json", content)
    with pytest.raises(WrongUsage) as refused:
        build(way.composition, way.renderings, output)
    assert str(output / "manifest.json") in refused.value.message
    assert "--output" in refused.value.remedy
    assert files(output) == {"manifest.json"}


def test_what_was_deleted_by_hand_is_not_missed(way: Way, tmp_path: Path) -> None:
    output = tmp_path / "out"
    build(way.composition, way.renderings, output, {"en": replace(PAPERS["en"], pages=3)})
    (output / "en/newsletter.pdf").unlink()
    assert build(way.composition, way.renderings, output).removed == ()
