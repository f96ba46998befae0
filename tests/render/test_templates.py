"""Templates: confined and strict, and a fault is shown where it stands."""

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.errors import InputRefused
from newsletter.model.edition import SLOTS, Html, RichText
from newsletter.render.mjml import MARK
from newsletter.render.templates import MAX_OUTPUT, render_template, wrap
from tests.render.samples import edition, item, theme_of
from tests.workspace import PAGE, refusal_of

PAGE_NAME, TEXT_NAME = "issue.mjml.j2", "issue.txt.j2"


def filled(tmp_path: Path, page: str, *, language: str = "en", **files: str) -> str:
    """Return `page` filled in, without the marks of its tags."""
    theme = theme_of(tmp_path, issue_mjml_j2=page, **files)
    sample = replace(edition(item()), language=language)
    return MARK.sub("", render_template(theme, PAGE_NAME, sample))


def refusal(tmp_path: Path, page: str, **files: str) -> str:
    return str(refusal_of(lambda: filled(tmp_path, page, **files)))


def test_a_fault_is_shown_with_the_lines_around_it(tmp_path: Path) -> None:
    page = "<mjml>\n{% if edition.number %}\n  {{ edition.subjct }}\n{% endif %}\n</mjml>\n"
    assert refusal(tmp_path, page) == (
        "templates/plain/issue.mjml.j2:3:1: Edition has no `subjct`\n"
        "       2 | {% if edition.number %}\n"
        "  >    3 |   {{ edition.subjct }}\n"
        "       4 | {% endif %}\n"
        "  - did you mean `subject`?"
    )


def test_a_fault_in_an_included_file_is_shown_in_that_file(tmp_path: Path) -> None:
    message = refusal(tmp_path, '\n{% include "parts/a.j2" %}', parts__a_j2="\n\n{{ nothing }}\n")
    assert message.startswith("templates/plain/parts/a.j2:3:1: 'nothing' is undefined")


def test_a_fault_in_a_macro_is_shown_in_the_macro(tmp_path: Path) -> None:
    page = '{% import "parts/a.j2" as a with context %}\n\n{{ a.m(5) }}'
    macro = "{% macro m(x) %}\n{{ x.y }}\n{% endmacro %}"
    message = refusal(tmp_path, page, parts__a_j2=macro)
    assert message.startswith("templates/plain/parts/a.j2:2:1: 'int object' has no attribute 'y'")


FAULTS = {
    "name unknown": ("a\n{{ nothing }}", ":2:1: 'nothing' is undefined"),
    "word unknown": ("{{ strings.nothing }}", ":1:1: 'newsletter.render.templates.Names object'"),
    "position unknown": ("{{ edition.sections[9] }}", ":1:1: tuple object has no element 9"),
    "filter unknown": ("{{ 1 | nofilter }}", ":1:1: No filter named 'nofilter'."),
    "tag unknown": ("\n{% do x %}", ":2:1: Encountered unknown tag 'do'."),
    "not closed": ("{% if edition %}\na", ":2:1: Unexpected end of template."),
    "no template": ("\n{% include 'a.j2' %}", ":2:1: there is no template a.j2\n"),
    "a folder": ("{% include 'parts' %}", ":1:1: there is no template parts\n"),
    "division": ("{{ 1 / 0 }}", ":1:1: division by zero"),
    "sum of unlike": ("{{ 'a' + 1 }}", ":1:1: can only concatenate str"),
    "without end": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "maximum recursion depth"),
    "nested too deep": ("{% for a in [1] %}" * 25 + "{% endfor %}" * 25, ": too many statically"),
    "brackets too deep": ("{{ " + "(" * 400 + "1" + ")" * 400 + " }}", ": maximum recursion depth"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_place_and_remedy(tmp_path: Path, fault: str) -> None:
    page, expected = FAULTS[fault]
    message = refusal(tmp_path, page)
    assert message.startswith("templates/plain/issue.mjml.j2")
    assert expected in message
    assert message.endswith(" - correct the template; the reference lists what a template may use")
    assert str(tmp_path) not in message, "how this machine calls its folders helps nobody"


def test_a_template_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    theme = theme_of(tmp_path)
    (theme.folder / PAGE_NAME).write_bytes("<p>тайна</p>".encode("cp1251"))
    with pytest.raises(InputRefused, match=r"issue\.mjml\.j2 is not in UTF-8"):
        render_template(theme, PAGE_NAME, edition())


ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ edition.__class__.__init__.__globals__ }}",
    "{{ edition.sections.__class__.__base__ }}",
    "{{ wrap.__globals__ }}",
    "{{ ()|attr('__class__') }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(edition) }}",
    "{{ ('%c%c' % (95, 95) ~ 'class')|map(attribute='__class__')|first.x }}",
    "{{ namespace(a=1).__class__ }}",
    "{{ range.__self__ }}",
    "{% set x = slots.update({'a': 'b'}) %}",
    "{% set x = slots.clear() %}",
    "{% set x = theme.colours.pop('ink') %}",
    "{% set edition.subject = 'other' %}",
    "{{ range(100001) }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}endless{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% macro m(n) %}{{ m(n - 1) ~ m(n - 1) if n }}{% endmacro %}{{ m(60) }}",
    "{{ 'a' * 3000000 }}",
]


@pytest.mark.parametrize("page", ESCAPES)
def test_a_template_that_reaches_out_of_its_box_is_refused(tmp_path: Path, page: str) -> None:
    refused = refusal_of(lambda: filled(tmp_path, page))
    assert refused is not None, page
    assert refused.findings[0].place.file == "templates/plain/issue.mjml.j2"


def test_what_is_handed_to_templates_is_unchanged_after_an_attempt(tmp_path: Path) -> None:
    assert refusal(tmp_path, "{% set x = slots.clear() %}")
    assert filled(tmp_path, "{{ slots.greeting }}") == "[[greeting]]"


def test_output_ends_at_the_limit(tmp_path: Path) -> None:
    message = refusal(tmp_path, "{% for a in range(99999) %}" + "a" * 100 + "{% endfor %}")
    assert f"writes more than {MAX_OUTPUT:,} characters" in message


OUTSIDE = ["../../newsletter.yaml", "/etc/passwd", "parts/../../../a.j2", "link/passwd", "loop"]


def test_a_loop_that_writes_nothing_ends_at_its_own_line(tmp_path: Path) -> None:
    loop = "\n{% for a in range(999) %}\n{% for b in range(999) %}{% endfor %}{% endfor %}"
    message = refusal(tmp_path, loop)
    assert message.startswith(
        "templates/plain/issue.mjml.j2:3:1: repeats something more than 100,000 times"
    )


def test_counting_turns_leaves_what_a_template_writes_alone(tmp_path: Path) -> None:
    page = (
        "{% macro m(x) -%} [{{ x }}] {%- endmacro %}"
        "{% for a in range(3) if a != 1 -%} {{ m(a) }}{{ loop.index }} {%- else %}none{% endfor %}"
        "{% raw %}{% for %}{% endraw %}{% block b %}{{ 'for' }}{% endblock %}"
    )
    assert filled(tmp_path, page) == "[0]1[2]2{% for %}for"


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_template_outside_the_theme_is_not_read(tmp_path: Path, name: str) -> None:
    theme = theme_of(tmp_path, issue_mjml_j2=f"{{% include '{name}' %}}")
    (theme.folder / "link").symlink_to("/etc")
    (theme.folder / "loop").symlink_to("loop")
    refused = refusal_of(lambda: render_template(theme, PAGE_NAME, edition()))
    assert refused is not None
    assert refused.findings[0].place.line == 1
    assert "root:" not in str(refused)


def test_words_are_escaped_and_rich_text_is_not(tmp_path: Path) -> None:
    theme = theme_of(
        tmp_path,
        issue_mjml_j2="{% set i = edition.sections[0].items[0] %}{{ i.title }}|{{ i.text.html }}",
        issue_txt_j2="{% set i = edition.sections[0].items[0] %}{{ i.title }}|{{ i.text.plain }}",
    )
    text = RichText(html=Html("<p>a &amp; b</p>"), plain="a & b")
    sample = edition(item(title="<mj-raw> & {{ 7*7 }} </mj-text>", text=text))
    assert render_template(theme, PAGE_NAME, sample) == (
        "&lt;mj-raw&gt; &amp; {{ 7*7 }} &lt;/mj-text&gt;|<p>a &amp; b</p>"
    )
    assert render_template(theme, TEXT_NAME, sample) == "<mj-raw> & {{ 7*7 }} </mj-text>|a & b"


def test_slots_words_and_colours_are_there_by_name(tmp_path: Path) -> None:
    page = "{{ slots.values() | join }} {{ theme.colours.ink }} {{ strings.unsubscribe }}"
    slots = "".join(f"[[{name}]]" for name in SLOTS)
    assert filled(tmp_path, page, language="ru") == f"{slots} #1f2a37 Отписаться"


@pytest.mark.parametrize(
    ("language", "number", "expected"),
    [
        *(("en", 1, "1 page"), ("en", 2, "2 pages")),
        *(("ru", 1, "1 страница"), ("ru", 2, "2 страницы"), ("ru", 5, "5 страниц")),
        *(("ru", 11, "11 страниц"), ("ru", 21, "21 страница")),
    ],
)
def test_words_follow_their_number(
    tmp_path: Path, language: str, number: int, expected: str
) -> None:
    page = f"{{{{ strings.pages | plural({number}) }}}}"
    assert filled(tmp_path, page, language=language) == expected


def test_every_tag_is_marked_with_its_place_and_no_line_moves(tmp_path: Path) -> None:
    source = render_template(theme_of(tmp_path), PAGE_NAME, edition(item()))
    assert source.splitlines()[0].startswith('<mjml data-at="issue.mjml.j2:1:1" lang="en"')
    assert '<mj-column data-at="issue.mjml.j2:7:7">' in source
    assert '<h2 data-at="parts/brief.mjml.j2:3:3">' in source
    assert len(MARK.findall(source)) == source.count("<") - source.count("</")


def test_a_tag_inside_an_expression_is_no_tag(tmp_path: Path) -> None:
    page = "{{ '<b>' | length }}{% set x = '<b>' %}{# <b> #}<b>{{ 1 < 2 }}</b>"
    assert filled(tmp_path, page) == "3<b>True</b>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three", "one two\nthree"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("- one two three", "- one\n  two\n  three"),
        ("https://www.example.org/long one", "https://www.example.org/long\none"),
        ("one no\u00a0break", "one\nno\u00a0break"),
        ("long-hyphened", "long-hyphened"),
    ],
)
def test_text_is_wrapped_at_gaps_that_may_break(text: str, expected: str) -> None:
    assert wrap(text, 8) == expected


def test_wrapped_text_may_be_indented() -> None:
    assert wrap("one two three", 12, "    ") == "    one two\n    three"


def test_the_page_of_the_small_office_is_filled_in(tmp_path: Path) -> None:
    done = filled(tmp_path, PAGE)
    assert "<h2>A school for the young</h2>" in done
    assert "{" not in done
