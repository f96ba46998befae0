"""To a translator and back: through our own reading, and through a real tool."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from translate.storage import factory
from translate.storage.xliff2 import Xliff2File

from newsletter.compose.markdown import rich_text
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.translating import State
from newsletter.translations.exchange import Bundle, Unit, units_of, unwrapped
from newsletter.translations.importing import Plan, carry_out, plan_import
from newsletter.translations.keeping import record_new
from newsletter.translations.po import po_of, read_po_file
from newsletter.translations.record import FILE
from newsletter.translations.states import issue_states, pool_states
from newsletter.translations.xliff import read_xliff, xliff_of
from tests.workspace import ROOT, edit

SCHOOL = "issues/items/school.yaml"
WRITERS: dict[str, tuple[Callable[[Bundle], bytes], Callable[[bytes, str], Bundle]]] = {
    "xlf": (xliff_of, read_xliff),
    "po": (po_of, read_po_file),
}
FORMATS = pytest.mark.parametrize("kind", WRITERS)


def sent(office: Path, slug: str, language: str, *, everything: bool = False) -> Bundle:
    """Return what is left to do in one language of an issue."""
    states = [each for each in issue_states(Folder(office), slug) if each.language == language]
    return Bundle("en", language, units_of(s for s in states if everything or s.state != "done"))


def opened(path: Path) -> Any:
    """Open a file as Translate Toolkit does; it takes .xlf for XLIFF 1 unless it is told."""
    parse: Callable[[str], Any] = Xliff2File.parsefile
    return (parse if path.suffix == ".xlf" else factory.getobject)(str(path))


def returned(office: Path, bundle: Bundle, **words: str) -> Plan:
    """Return the plan for `bundle` with some targets exchanged, by the ends of their ids."""
    units = [
        next(
            (_with(unit, text) for end, text in words.items() if unit.id.endswith(f":{end}")), unit
        )
        for unit in bundle.units
    ]
    return plan_import(
        Folder(office), Bundle(bundle.source_language, bundle.language, tuple(units))
    )


def _with(unit: Unit, target: str, **more: str) -> Unit:
    return Unit(id=unit.id, source=more.get("source", unit.source), target=target)


@FORMATS
def test_a_translators_tool_opens_edits_and_saves_the_file(
    office: Path, tmp_path: Path, kind: str
) -> None:
    write, read = WRITERS[kind]
    path = tmp_path / f"kk.{kind}"
    path.write_bytes(write(sent(office, "2015-2", "kk")))
    store = opened(path)
    assert store.gettargetlanguage() == "kk"
    units = [unit for unit in store.units if unit.source and not unit.isobsolete()]
    assert len(units) == 13
    for unit in units:
        if not unit.source.startswith("https://"):
            assert not unit.istranslated()
            assert kind == "xlf" or "items/2015" in unit.getnotes(), "the tool knows notes of PO"
            unit.target = f"«Қаз» <&> {unit.source}"
        unit.markfuzzy(False)
    store.save()

    plan = plan_import(Folder(office), read(path.read_bytes(), path.name))
    assert (len(plan.taken), len(plan.files), plan.refused, plan.untouched) == (13, 3, (), 0)
    carry_out(Folder(office), plan)
    states = {e.id: e for e in issue_states(Folder(office), "2015-2") if e.language == "kk"}
    assert {each.state for each in states.values()} == {State.DONE}
    for unit in units:
        name = unit.getcontext() if kind == "po" else unit.getid().replace(".", "/", 1)
        assert states[name].target == unit.target
        assert states[name].recorded
    assert sent(office, "2015-2", "kk").units == ()


@FORMATS
def test_all_texts_of_both_samples_come_back_as_they_went(kind: str) -> None:
    write, read = WRITERS[kind]
    for slug, language in (("2015-1", "ru"), ("2015-2", "ru"), ("2015-2", "kk")):
        bundle = sent(ROOT, slug, language, everything=True)
        back = read(write(bundle), "file")
        assert (back.source_language, back.language) == ("en", language)
        for out, come in zip(bundle.units, back.units, strict=True):
            assert (come.id, come.source, come.target) == (out.id, out.source, out.target)
        plan = plan_import(Folder(ROOT), back)
        assert (plan.taken, plan.confirmed, plan.refused) == ((), (), ())


def test_the_same_words_give_the_same_file() -> None:
    bundle = sent(ROOT, "2015-2", "kk", everything=True)
    assert xliff_of(bundle) == xliff_of(bundle)
    assert po_of(bundle) == po_of(bundle)


WORDS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=80
).filter(lambda text: text.strip() == text and "\ufffe" not in text and "\uffff" not in text)
STORIES = st.lists(WORDS, min_size=1, max_size=3).map("\n\n".join)


@FORMATS
@given(source=STORIES, target=STORIES)
def test_odd_letters_survive_the_way_there_and_back(kind: str, source: str, target: str) -> None:
    write, read = WRITERS[kind]
    unit = Unit(id="items/a:text", source=source, target=target, place="issues/items/a.yaml:3:1")
    (back,) = read(write(Bundle("en", "ru", (unit,))), "file").units
    assert (back.id, back.source, back.target) == (unit.id, source, target)


@given(
    st.lists(
        st.sampled_from(
            [
                "One two",
                "three.",
                "",
                "- a",
                "  b",
                "1. c",
                "d  ",
                "e\\",
                "**f**",
                "---",
                "> g",
                "# h",
            ]
        ),
        min_size=1,
        max_size=8,
    ).map("\n".join)
)
def test_joining_lines_changes_nothing_for_readers(text: str) -> None:
    joined = unwrapped(text)
    html = [" ".join(rich_text(each, list).html.split()) for each in (joined, text)]
    assert html[0] == html[1]


def test_a_paragraph_goes_out_in_one_line() -> None:
    story = "One\ntwo.\n\n- three\n  four\n- five"
    assert unwrapped(story) == "One two.\n\n- three four\n- five"


def test_an_imported_text_stands_in_the_file_and_nothing_else_changes(small: Path) -> None:
    edit(small, SCHOOL, "  lead: Встретились", "  # спросить Анну\n  lead: Встретились")
    before = (small / SCHOOL).read_text(encoding="utf-8")
    bundle = sent(small, "spring", "ru", everything=True)
    plan = returned(small, bundle, title="Школа: для молодых", lead="Встретились 40 человек.")
    assert [each.before for each in plan.taken] == [
        "Школа для молодых",
        "Встретились сорок молодых людей.",
    ]
    carry_out(Folder(small), plan)
    after = before.replace("title: Школа для молодых", 'title: "Школа: для молодых"')
    after = after.replace("lead: Встретились сорок молодых людей.", "lead: Встретились 40 человек.")
    assert (small / SCHOOL).read_text(encoding="utf-8") == after


def test_a_stale_translation_may_come_back_confirmed(small: Path) -> None:
    record_new(small, pool_states(Folder(small)))
    edit(small, SCHOOL, "A school for the young", "A School for the Young")
    bundle = sent(small, "spring", "ru")
    assert [(unit.id, unit.state) for unit in bundle.units] == [("items/school:title", State.STALE)]
    for kind in WRITERS:
        write, read = WRITERS[kind]
        untouched = plan_import(Folder(small), read(write(bundle), "file"))
        assert (untouched.untouched, untouched.confirmed, untouched.taken) == (1, (), ())
    before = (small / SCHOOL).read_bytes()
    plan = returned(small, bundle, title="Школа для молодых")
    assert [each.id for each in plan.confirmed] == ["items/school:title"]
    carry_out(Folder(small), plan)
    assert (small / SCHOOL).read_bytes() == before
    assert {each.state for each in pool_states(Folder(small))} == {State.DONE}


REFUSED = [
    ("title", "Две\nстроки", "has a line break"),
    ("title", "Школа\u0007", "holds an invisible control character (U+0007)"),
    ("title", "Школа \u202eюных", "holds an invisible control character (U+202E)"),
    ("text", "Говорили о *работе* и правах.", "the link to https://www.example.org/rights is lost"),
    ("text", "Го\u2028ворили [о](https://www.example.org/rights)", "invisible control character"),
    ("links.1.url", "там", "“там” is not a web address"),
    ("links.1.url", "javascript:alert(1)", "is not a web address"),
    ("title", "я" * 1001, "is longer than 1000 characters"),
]


@pytest.mark.parametrize(("field", "words", "why"), REFUSED, ids=lambda each: each[:20])
def test_what_would_do_harm_is_refused_with_its_reason(
    small: Path, field: str, words: str, why: str
) -> None:
    bundle = sent(small, "spring", "ru", everything=True)
    plan = returned(small, bundle, **{field: words, "lead": "Встретились молодые."})
    (refused,) = plan.refused
    assert refused.id == f"items/school:{field}"
    assert why in refused.reason
    assert [each.state.field for each in plan.taken] == ["lead"], "the others are taken"


def test_a_source_that_changed_meanwhile_is_refused(small: Path) -> None:
    bundle = sent(small, "spring", "ru", everything=True)
    edit(small, SCHOOL, "A school for the young", "A school for all")
    plan = returned(small, bundle, title="Молодёжная школа")
    (refused,) = plan.refused
    assert (
        "the source has changed since the export (issues/items/school.yaml:6:3)" in refused.reason
    )
    assert plan.taken == ()


def test_a_unit_that_nobody_knows_is_refused(small: Path) -> None:
    unit = Unit(id="items/other:title", source="A", target="Б")
    plan = plan_import(Folder(small), Bundle("en", "ru", (unit,)))
    assert [each.reason for each in plan.refused] == [
        "there is no such field in the workspace (any more)"
    ]
    with pytest.raises(WrongUsage, match="which is no language of this newsletter"):
        plan_import(Folder(small), Bundle("en", "kk", (unit,)))


def test_a_block_that_would_not_be_whole_is_refused(office: Path) -> None:
    bundle = sent(office, "2015-2", "kk")
    vacancy = tuple(u for u in bundle.units if "vacancy" in u.id and u.id.endswith(":title"))
    plan = returned(office, Bundle("en", "kk", vacancy), title="Жоба ассистенті")
    (refused,) = plan.refused
    assert refused.reason == "the block would not be whole: `place` is missing"
    assert plan.files == {}


def test_a_new_link_leads_where_the_source_leads_when_nobody_says_otherwise(office: Path) -> None:
    bundle = sent(office, "2015-2", "kk")
    units = tuple(u for u in bundle.units if "remote-course" in u.id and ":links.1.url" not in u.id)
    plan = returned(office, Bundle("en", "kk", units), **{"title": "К", "links.1.label": "Ж"})
    assert [(each.state.field, each.text) for each in plan.taken][-1] == (
        "links 1 url",
        "https://www.example.org/en/courses/labour-standards",
    )


def test_a_file_that_changed_after_the_plan_is_left_alone(small: Path) -> None:
    plan = returned(small, sent(small, "spring", "ru", everything=True), title="Новая школа")
    edit(small, SCHOOL, "Forty young people met.", "Forty met.")
    before = (small / SCHOOL).read_bytes()
    with pytest.raises(WrongUsage, match=f"changed in the meantime: {SCHOOL}"):
        carry_out(Folder(small), plan)
    assert (small / SCHOOL).read_bytes() == before
    assert not (small / FILE).exists()


XLIFF = "urn:oasis:names:tc:xliff:document:2.0"
BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(9))
HOSTILE = [
    ('<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]><xliff xmlns="%s">&x;</xliff>',
     "a document type"),
    (f'<!DOCTYPE x [{BOMB}]><xliff xmlns="%s" version="2.0">&a8;</xliff>', "document type|no XML"),
    ('<!DOCTYPE x SYSTEM "https://example.org/x.dtd"><xliff xmlns="%s" version="2.0"/>',
     "a document type"),
    ('<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"/>', "this is XLIFF 1.2"),
    ('<xliff xmlns="%s" version="2.0" srcLang="en"/>', "`trgLang` is missing"),
    ("<html/>", "a file of <html>"),
    ("no", "no XML"),
    ("", "no XML"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "why"), HOSTILE, ids=lambda each: each[:24])
def test_a_hostile_or_foreign_file_is_refused_at_its_line(text: str, why: str) -> None:
    with pytest.raises(InputRefused, match=why):
        read_xliff(text.replace("%s", XLIFF).encode(), "back.xlf")


def xliff_with(content: str) -> bytes:
    return (
        f'<xliff xmlns="{XLIFF}" version="2.1" srcLang="en" trgLang="ru"><file id="f">'
        f'<unit id="u" name="items/school:title">{content}</unit></file></xliff>'
    ).encode()


def test_a_unit_that_a_tool_cut_into_segments_is_put_together() -> None:
    (unit,) = read_xliff(
        xliff_with(
            '<segment state="translated"><source>One.</source><target>Раз.</target></segment>'
            "<ignorable><source> </source></ignorable>"
            '<segment state="final"><source>Two.</source><target>Два<mrk id="1">.</mrk></target>'
            "</segment>"
        ),
        "back.xlf",
    ).units
    assert (unit.source, unit.target, unit.finished) == ("One. Two.", "Раз. Два.", True)


def test_codes_that_were_not_in_the_export_make_a_unit_unusable(small: Path) -> None:
    bundle = read_xliff(
        xliff_with(
            "<segment><source>A school for the young</source>"
            '<target>Школа <ph id="1"/></target></segment>'
        ),
        "back.xlf",
    )
    (refused,) = plan_import(Folder(small), bundle).refused
    assert refused.reason == "holds codes (<ph>) that the export did not have"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'msgid "a', "back.po:1:1: a quotation mark is not closed: the file breaks off here"),
        (b'msgid "a"\n', "back.po:1:1: missing msgstr"),
        ("msgid \"я\"".encode("cp1251"), "back.po: the file is not in UTF-8, nor in what"),
        ('msgid "a"\nmsgstr "я'.encode()[:-1], "back.po:2:1: the file breaks off here, in"),
        ('msgid "ящик я'.encode("cp1251"), "back.po: the file is not in UTF-8, nor in what"),
        (b'msgid "a"\nmsgstr "b"\n', "the header `Language` is missing"),
    ],
)  # fmt: skip
def test_a_broken_po_file_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(InputRefused, match=why):
        read_po_file(data, "back.po")


@FORMATS
def test_what_was_corrected_here_since_the_export_is_never_put_back(small: Path, kind: str) -> None:
    write, read = WRITERS[kind]
    data = write(sent(small, "spring", "ru", everything=True))
    edit(small, SCHOOL, "title: Школа для молодых", "title: Школа для юных")
    edit(small, SCHOOL, "lead: Встретились сорок", "lead: Собрались сорок")
    plan = plan_import(Folder(small), read(data, "back"))
    assert (plan.taken, plan.confirmed, plan.refused) == ((), (), ())
    edited = data.decode().replace("Встретились сорок", "Сошлись сорок").encode()
    plan = plan_import(Folder(small), read(edited, "back"))
    assert plan.taken == ()
    (refused,) = plan.refused
    assert refused.id == "items/school:lead"
    assert refused.reason == (
        "was changed here since the export (issues/items/school.yaml:14:3): correct it there "
        "by hand, or export it again"
    )


@FORMATS
def test_what_was_translated_here_since_the_export_is_kept(office: Path, kind: str) -> None:
    write, read = WRITERS[kind]
    bundle = sent(office, "2015-2", "kk")
    units = tuple(u for u in bundle.units if "remote-course" in u.id and u.id.endswith(":title"))
    data = write(Bundle("en", "kk", units))
    carry_out(Folder(office), returned(office, Bundle("en", "kk", units), title="Курс"))
    (back,) = read(data, "back").units
    done = replace(back, target="Сабақ", finished=True, unsure=False)
    (refused,) = plan_import(Folder(office), Bundle("en", "kk", (done,))).refused
    assert refused.reason.startswith("was changed here since the export (")
    same = plan_import(Folder(office), Bundle("en", "kk", (replace(done, target="Курс"),)))
    assert (same.taken, same.refused) == ((), ())


@pytest.mark.parametrize(
    ("kind", "old", "new", "said"),
    [
        (
            "xlf",
            'trgLang="ru"',
            'trgLang="kk"',
            (
                "back:2:1: the file was made for ru, but its `trgLang` is kk - "
                'write trgLang="ru", or export it for kk'
            ),
        ),
        (
            "po",
            '"Language: ru',
            '"Language: kk',
            (
                "back:9:1: the file was made for ru, but its header `Language` says kk - "
                "write ru there, or export it for kk"
            ),
        ),
    ],
)
def test_a_file_that_says_another_language_than_its_own_is_refused(
    kind: str, old: str, new: str, said: str, small: Path
) -> None:
    write, read = WRITERS[kind]
    data = write(sent(small, "spring", "ru", everything=True)).decode()
    assert old in data
    with pytest.raises(InputRefused) as refused:
        read(data.replace(old, new).encode(), "back")
    assert str(refused.value) == said


def test_a_text_that_stands_twice_with_different_words_is_refused(small: Path) -> None:
    bundle = sent(small, "spring", "ru", everything=True)
    title = next(unit for unit in bundle.units if unit.id.endswith(":title"))
    twice = Bundle("en", "ru", (title, replace(title, target="Другая школа")))
    (refused,) = plan_import(Folder(small), twice).refused
    assert refused.reason == "stands in the file 2 times, with different words"
    po = po_of(Bundle("en", "ru", (title,))).decode()
    entry = po[po.index("#. title of") : po.index("#~")]
    doubled = read_po_file(po.replace(entry, entry * 2).encode(), "back.po")
    (refused,) = plan_import(Folder(small), doubled).refused
    assert refused.reason == "stands in the file more than once"


def test_a_po_file_that_breaks_off_shortens_no_text(small: Path) -> None:
    story = "  text: |\n    {0} *{1}* [{2}](https://www.example.org/rights).\n\n    {3}.\n"
    edit(
        small,
        SCHOOL,
        "  text: They spoke about *work* and [rights](https://www.example.org/rights).\n",
        story.format("On", "work", "rights", "And more"),
    )
    edit(
        small,
        SCHOOL,
        "  text: Говорили о *работе* и [правах](https://www.example.org/rights).\n",
        story.format("О", "работе", "права", "И ещё"),
    )
    whole = po_of(sent(small, "spring", "ru", everything=True)).decode()
    at = whole.index("И ещё")
    cut = whole[: whole.rindex("\n", 0, at) + 1]  # after a whole line of the text
    plan = plan_import(Folder(small), read_po_file(cut.encode(), "back.po"))
    assert plan.taken == ()
    total = len(sent(small, "spring", "ru", everything=True).units)
    assert [each.reason for each in plan.refused] == [
        f"the file breaks off here, with {total - 2} of {total} texts"
    ]
    assert plan.absent == 2
    with pytest.raises(InputRefused, match="a quotation mark is not closed: the file breaks off"):
        read_po_file(whole[:at].encode(), "back.po")


def test_the_last_text_of_a_po_file_without_an_end_has_to_look_whole(small: Path) -> None:
    unit = Unit(id="items/school:text", source="One.\n\nTwo.", target="Раз.\n\nДва.")
    whole = po_of(Bundle("en", "ru", (unit,))).decode()
    assert [each.fault for each in read_po_file(whole.encode(), "back.po").units] == [""]
    bare = whole[: whole.index("#~")]
    assert [each.fault for each in read_po_file(bare.encode(), "back.po").units] == [""]
    for cut in (bare.replace('"Два."\n', ""), bare.replace('"Два."', '"Два"')):
        assert cut != bare
        assert [each.fault for each in read_po_file(cut.encode(), "back.po").units] == [
            "the file may break off here: this text ends before its source does"
        ]


def test_what_is_fuzzy_is_not_taken_for_finished(small: Path) -> None:
    data = po_of(sent(small, "spring", "ru", everything=True)).decode()
    name = 'msgctxt "items/school:title"'
    assert name in data
    data = data.replace(name, f"#, fuzzy\n{name}")
    data = data.replace('"Школа для молодых"', '"Молодёжная школа?"')
    plan = plan_import(Folder(small), read_po_file(data.encode(), "back.po"))
    assert (plan.taken, plan.confirmed) == ((), ())
    assert [(each.id, each.reason) for each in plan.refused] == [
        (
            "items/school:title",
            "is marked as fuzzy, which means not sure: take the mark away when it is right",
        )
    ]


def test_po_as_other_programs_save_it_is_read(small: Path) -> None:
    data = po_of(sent(small, "spring", "ru", everything=True))
    wanted = read_po_file(data, "back.po")
    assert read_po_file(b"\xef\xbb\xbf" + data, "back.po") == wanted
    assert read_po_file(data.replace(b"\n", b"\r\n"), "back.po") == wanted
    old = data.decode().replace("charset=utf-8", "charset=windows-1251").encode("cp1251")
    assert read_po_file(old, "back.po") == wanted


def test_a_text_without_its_name_is_told_by_its_words(small: Path) -> None:
    data = po_of(sent(small, "spring", "ru", everything=True)).decode()
    nameless = "".join(
        line for line in data.splitlines(keepends=True) if "school:title" not in line
    ).encode()
    (refused,) = plan_import(Folder(small), read_po_file(nameless, "back.po")).refused
    assert (refused.id, refused.reason) == (
        "",
        "“A school for the young” has lost its name (`msgctxt`): ask for the file with it",
    )


def test_what_is_still_fuzzy_in_po_was_not_touched(small: Path) -> None:
    record_new(small, pool_states(Folder(small)))
    edit(small, SCHOOL, "A school for the young", "A school for all")
    data = po_of(sent(small, "spring", "ru"))
    assert b"#, fuzzy" in data
    plan = plan_import(Folder(small), read_po_file(data, "back.po"))
    assert (plan.untouched, plan.taken, plan.confirmed) == (1, (), ())
