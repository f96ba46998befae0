"""One Edition becomes one Rendering, always the same, and its digest follows what readers see."""

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.errors import InputRefused
from newsletter.model.edition import EditionImage
from newsletter.model.rendering import Picture, Rendering
from newsletter.render.render import render
from tests.render.samples import edition, item, theme_of
from tests.workspace import PAGE, TEXT, THEME, sample, small_office, take_the_way

PICTURE = Picture(name="a.png", content_type="image/png", data=b"a")
OTHER = Picture(name="b.png", content_type="image/png", data=b"b")
IMAGE = EditionImage(src=f"cid:{PICTURE.cid}", alt="A hall", credit="", width=600, height=300)


def rendered(tmp_path: Path, **facts: object) -> Rendering:
    """Return the Rendering of an Edition whose one item has `facts`."""
    return render(theme_of(tmp_path), edition(item(**facts)), {})


@pytest.mark.parametrize("slug", ["2015-1", "2015-2"])
def test_a_sample_issue_renders_to_the_same_bytes_twice(slug: str) -> None:
    again = take_the_way(Path(__file__).parents[2], slug).renderings
    for language, first in sample(slug).renderings.items():
        assert (first.html, first.text, first.digest) == (
            again[language].html,
            again[language].text,
            again[language].digest,
        )


def test_where_the_office_stands_changes_nothing(tmp_path: Path) -> None:
    one, other = (take_the_way(small_office(tmp_path / name)) for name in ("one", "other/ёлка"))
    for language in ("en", "ru"):
        assert one.renderings[language].digest == other.renderings[language].digest


def test_a_page_is_whole(tmp_path: Path) -> None:
    html = rendered(tmp_path).html
    assert html.startswith("<!DOCTYPE html>")
    assert '<html lang="en" dir="ltr"' in html
    assert "<title>News of the spring</title>" in html
    assert '<h2 style="font-size:20px">A school for the young</h2>' in html
    assert "data-at" not in html
    assert "data-premailer" not in html


CODE = ["{{7*7}}", "{% for x in y %}", "{# x #}", "<mj-raw>", "</mj-text>", "<script>x</script>"]
CODE += ["]]>", "<!-- x --", "&amp; &lt;", "%7B%7Bx%7D%7D", 'data-at="a:1:2"', "a < b > c", "$(id)"]


@pytest.mark.parametrize("words", CODE)
def test_words_that_look_like_code_are_printed_as_words(tmp_path: Path, words: str) -> None:
    rendering = rendered(tmp_path, title=words)
    escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f">{escaped}</h2>" in rendering.html.replace("&#34;", '"')
    assert words in rendering.text


def test_only_pictures_that_are_shown_travel(tmp_path: Path) -> None:
    pictures = {f"cid:{each.cid}": each for each in (PICTURE, OTHER)}
    done = render(theme_of(tmp_path), edition(item(image=IMAGE)), pictures)
    assert done.pictures == (PICTURE,)
    assert f'src="cid:{PICTURE.cid}"' in done.html


def test_the_greeting_waits_for_a_name(tmp_path: Path) -> None:
    russian = render(theme_of(tmp_path), edition(item(), language="ru"), {})
    assert (russian.greeting, russian.greeting_anonymous) == (
        "Здравствуйте, {name}!",
        "Здравствуйте!",
    )
    assert russian.slots == {"greeting", "unsubscribe_url"}


def test_the_words_of_the_theme_are_set_like_all_others(tmp_path: Path) -> None:
    words = THEME.replace("ru: Отписаться", "ru: Отписаться от рассылки")
    theme = theme_of(tmp_path, theme_yaml=words)
    russian = render(theme, edition(item(), language="ru"), {})
    assert "Отписаться от\u00a0рассылки" in russian.html
    assert "Отписаться от\u00a0рассылки" in russian.text
    assert russian.greeting == "Здравствуйте, {name}!"
    assert theme.words("ru")["pages"] == theme.file.value.strings["pages"]["ru"]


def test_the_text_has_no_gaps_that_template_logic_leaves(tmp_path: Path) -> None:
    text = "\n\n{% if edition %}\n\n\n\na  \n{% endif %}\n\n\n\nb\t\n\n"
    done = render(theme_of(tmp_path, issue_txt_j2=text), edition(item()), {})
    assert done.text == "a\n\nb\n"


def _digests(tmp_path: Path) -> dict[str, str]:
    """Return the digest of the same Edition with each thing changed that a reader could see."""
    plain = edition(item(image=IMAGE))
    pictures = {IMAGE.src: PICTURE}
    kept = theme_of(tmp_path / "kept")
    changed = {
        "nothing": render(kept, plain, pictures),
        "title": render(kept, edition(item(title="Another", image=IMAGE)), pictures),
        "subject": render(kept, replace(plain, subject="Another"), pictures),
        "preheader": render(kept, replace(plain, preheader="Another"), pictures),
        "issue": render(kept, replace(plain, issue="another"), pictures),
        "language": render(kept, replace(plain, language="ru"), pictures),
        "picture": render(kept, plain, {IMAGE.src: OTHER}),
        "name of the picture": render(kept, plain, {IMAGE.src: replace(PICTURE, name="c.png")}),
        "words": render(
            theme_of(tmp_path / "a", theme_yaml=THEME.replace("Dear {name}", "Hi {name}")),
            plain,
            pictures,
        ),
        "words for the nameless": render(
            theme_of(tmp_path / "b", theme_yaml=THEME.replace("Dear reader", "Hello")),
            plain,
            pictures,
        ),
        "page": render(
            theme_of(tmp_path / "c", issue_mjml_j2=PAGE.replace(", ", " · ")), plain, pictures
        ),
        "text": render(theme_of(tmp_path / "d", issue_txt_j2=TEXT + "a\n"), plain, pictures),
        "styles": render(
            theme_of(tmp_path / "e", inline_css="h2 { margin: 1px }"), plain, pictures
        ),
    }
    return {name: rendering.digest for name, rendering in changed.items()}


def test_the_digest_changes_with_anything_a_reader_could_see(tmp_path: Path) -> None:
    digests = _digests(tmp_path)
    assert len(set(digests.values())) == len(digests)
    assert digests["nothing"] == _digests(tmp_path / "again")["nothing"]


def test_a_greeting_that_depends_on_a_number_is_refused(tmp_path: Path) -> None:
    words = THEME.replace('en: "Dear {name},"', 'en: { one: "Dear {name},", other: "Dears," }')
    theme = theme_of(tmp_path, theme_yaml=words)
    with pytest.raises(
        InputRefused, match="the greeting cannot depend on a number - write one line"
    ):
        render(theme, edition(item()), {})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            THEME[THEME.index("  greeting_an") :],
            "",
            ":3:1: the words `greeting_anonymous` are missing",
        ),
        (", ru: Отписаться", "", ":6:3: the block `ru:` is missing"),
        ("#1f2a37", "#12", ":2:12: `ink` is not written as it must be"),
        (
            "name: Plain",
            "names: Plain",
            ":1:1: the key `names` is not known - did you mean `name`?",
        ),
    ],
)
def test_a_faulty_theme_is_refused_at_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in THEME
    with pytest.raises(InputRefused) as caught:
        theme_of(tmp_path, theme_yaml=THEME.replace(old, new))
    assert f"templates/plain/theme.yaml{expected}" in str(caught.value)
