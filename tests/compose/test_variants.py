"""Sections for a segment: who gets which items, in words and in the mail; what checks say of it."""

from pathlib import Path

import pytest

from newsletter.checks.proof import Proof, proof
from newsletter.compose.compose import compose, variants
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused
from newsletter.model.segment import AllOf, Is, Segment, Wants, combinations
from newsletter.render.build import build
from tests.workspace import ITEM, edit, run_check, write

SEGMENTS = """\
segments:
  kz: { where: { country: kz } }
  uz: { where: { country: uz } }
  osh: { where: { topics: osh } }
"""
FOR_KZ = """\
  - layout: brief
    only_for: kz
    pick: { kind: news, countries: [kz] }
"""
REST = "  - layout: brief\n    pick: { kind: news }\n"


def office(small: Path, *sections: str) -> Path:
    """Return an office whose issue has these sections after the first."""
    write(small, "subscribers/segments.yaml", SEGMENTS)
    for name, country in (("mine", "kz"), ("mill", "ru")):
        text = ITEM.replace("[ru]", f"[{country}]").replace("A school", f"A {name}")
        write(small, f"issues/items/{name}.yaml", text.replace("Школа", f"Слово {name}"))
    old = "  - layout: brief\n    items: [school]\n"
    edit(small, "issues/spring/issue.yaml", old, old + "".join(sections))
    return small


def titles(ready: Proof, variant: str = "") -> list[str]:
    """Return which of the items stand in the English page, in order."""
    page = (ready.variants[variant] if variant else ready.renderings)["en"].html
    places = {name: page.find(f"A {name} for the young") for name in ("school", "mine", "mill")}
    return sorted((name for name in places if places[name] >= 0), key=lambda name: places[name])


def test_only_readers_in_the_segment_get_the_section_in_page_and_text(small: Path) -> None:
    ready = proof(Folder(office(small, FOR_KZ)), "spring").require_no_errors()
    assert (titles(ready), titles(ready, "kz")) == (["school"], ["school", "mine"])
    for language, word in (("en", "A mine"), ("ru", "Слово mine")):
        assert word in ready.variants["kz"][language].text
        assert word not in ready.renderings[language].text
        assert ready.variants["kz"][language].digest != ready.renderings[language].digest


def test_a_section_that_is_not_shown_takes_no_item_away(small: Path) -> None:
    ready = proof(Folder(office(small, FOR_KZ, REST)), "spring")
    assert sorted(titles(ready)) == ["mill", "mine", "school"]
    assert titles(ready, "kz") == ["school", "mine", "mill"]


def test_segments_that_exclude_each_other_are_never_combined(small: Path) -> None:
    sections = [FOR_KZ, FOR_KZ.replace("kz", "uz"), FOR_KZ.replace("only_for: kz", "only_for: osh")]
    general = compose(Folder(office(small, *sections)), "spring")
    names = [each.variant for each in variants(general)]
    assert names == ["kz", "uz", "osh", "kz.osh", "uz.osh"]


def test_combinations_end_at_the_bound() -> None:
    many = [Segment(name=f"t{n}", where=Wants((f"t{n}",))) for n in range(40)]
    assert len(combinations(many, 32)) == 33
    kz = Segment(name="kz", where=AllOf((Is("country", ("kz",)), Wants(("osh",)))))
    by = Segment(name="by", where=Is("country", ("by",)))
    assert combinations([kz, by], 32) == [(), ("kz",), ("by",)]


def test_more_variants_than_anybody_can_look_at_are_refused(small: Path) -> None:
    topics = [f"t{n}" for n in range(6)]
    sections = [FOR_KZ.replace("only_for: kz", f"only_for: {topic}") for topic in topics]
    folder = office(small, *sections)
    lines = "".join(f"  {topic}: {{ where: {{ source: {topic} }} }}\n" for topic in topics)
    write(small, "subscribers/segments.yaml", f"segments:\n{lines}")
    with pytest.raises(InputRefused, match="more than 32 variants of the issue"):
        proof(Folder(folder), "spring")


def test_a_segment_that_is_not_there_is_told_at_its_place(small: Path) -> None:
    office(small, FOR_KZ.replace("only_for: kz", "only_for: kzz"))
    assert "issues/spring/issue.yaml:17:5: there is no segment “kzz” - did you mean `kz`?" in (
        run_check(small)
    )


def test_what_is_wrong_in_a_variant_alone_says_in_which(small: Path) -> None:
    folder = office(small, FOR_KZ.replace("countries: [kz]", "from: 2016-01-01"))
    edit(small, "issues/items/school.yaml", "label: About the school", "label: Read more")
    ready = proof(Folder(folder), "spring")
    told = {(each.rule, "readers in kz" in each.message) for each in ready.findings}
    assert ("empty-section", True) in told
    assert ("empty-section", False) not in told
    assert ("link-vague", False) in told
    assert ("link-vague", True) not in told


def test_each_variant_is_built_and_goes_with_its_section(small: Path, tmp_path: Path) -> None:
    output = tmp_path / "build"
    ready = proof(Folder(office(small, FOR_KZ)), "spring")
    built = build(ready.composition, ready.everything, output)
    assert set(built.manifest["editions"]) == {"en", "ru", "en.kz", "ru.kz"}
    assert "A mine" in (output / "en.kz" / "newsletter.html").read_text(encoding="utf-8")
    assert "A mine" not in (output / "en" / "newsletter.html").read_text(encoding="utf-8")
    edit(small, "issues/spring/issue.yaml", FOR_KZ, "")
    ready = proof(Folder(small), "spring")
    build(ready.composition, ready.everything, output)
    assert sorted(path.name for path in output.iterdir()) == ["en", "manifest.json", "ru"]


def test_a_translation_of_an_item_for_a_segment_is_asked_for(small: Path) -> None:
    folder = office(small, FOR_KZ)
    text = (small / "issues/items/mine.yaml").read_text(encoding="utf-8")
    write(small, "issues/items/mine.yaml", text[: text.index("ru:\n")])
    with pytest.raises(InputRefused, match=r"mine\.yaml:1:1: the block `ru:` is missing"):
        proof(Folder(folder), "spring")
