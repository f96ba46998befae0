"""MJML is held against what MJML knows, each fault at the template's own line and column."""

from pathlib import Path

import pytest

from newsletter.errors import InputRefused
from newsletter.render.mjmlsource import mjml_findings
from newsletter.render.render import HTML_TEMPLATE, render
from newsletter.render.templates import render_template
from tests.render.samples import edition, item, theme_of
from tests.workspace import PAGE

PLACE = "        <mj-text>{{ slots.greeting }}</mj-text>\n"
"""Line 8 of the page: what tests put there stands at 8:9."""

FAULTS = {
    "element unknown": (
        "<mj-buton>a</mj-buton>",
        "8:9: there is no element <mj-buton> - did you me",
    ),
    "include": ("<mj-include path='/etc/passwd' />", "8:9: there is no element <mj-include>"),
    "preview": ("<mj-preview>a</mj-preview>", "8:9: there is no element <mj-preview>"),
    "capitals": ("<mj-Text>a</mj-Text>", "8:9: <mj-Text> has capitals - write <mj-text>"),
    "attribute unknown": (
        '<mj-text colour="#fff">a</mj-text>',
        "8:9: <mj-text> has no attribute `colour` - did you mean `color`?",
    ),
    "attribute twice": (
        '<mj-text color="#fff" color="#000">a</mj-text>',
        "8:9: <mj-text> has `color` twice - keep one of the two",
    ),
    "no quotation marks": (
        "<mj-text color=#fff>a</mj-text>",
        '8:9: an attribute of <mj-text> has no quotation marks - write name="value"',
    ),
    "no quotation marks in HTML": (
        "<mj-text><b class=x>a</b></mj-text>",
        "8:18: an attribute of <b> has no quotation marks",
    ),
    "section in a column": (
        "<mj-section></mj-section>",
        "8:9: <mj-section> cannot stand in <mj-column> - put it into <mj-body>, <mj-wrapper>",
    ),
    "picture in a text": (
        '<mj-text><mj-image src="a" /></mj-text>',
        "8:18: <mj-image> cannot stand inside HTML of <mj-text> - put it into <mj-column>",
    ),
    "HTML in a column": (
        "<p>a</p>",
        "8:9: <p> cannot stand in <mj-column> - put it into <mj-text> or <mj-raw>",
    ),
    "text in a column": (
        "hello",
        "7:7: the text “hello” cannot stand in <mj-column> - put it into",
    ),
    "not closed": ("<mj-text>a", "8:9: <mj-text> is not closed - add </mj-text>"),
    "HTML not closed": ("<mj-text><b>a</mj-text>", "8:18: <b> is not closed - add </b>"),
    "other one closed": (
        "<mj-text>a</mj-tex></mj-text>",
        "8:9: </mj-tex> ends something that was not begun - remove it, or begin <mj-tex>",
    ),
    "table over two": (
        "<mj-raw><table></mj-raw><mj-raw></table></mj-raw>",
        "8:17: <table> is not closed - add </table>",
    ),
    "smaller than": ("<mj-text>a < b</mj-text>", "8:9: a < that begins no tag - write &lt;"),
    "script": ("<mj-raw><script>if (a<b) {}</script></mj-raw>", "8:17: a < that begins no tag"),
    "dashes in a comment": ("<!-- a -- b -->", "7:7: a comment has -- in it - write one dash"),
    "processing": ("<?php x ?>", "7:7: <?php x ?> cannot stand here - begin with <mjml>"),
}


def findings(tmp_path: Path, **files: str) -> list[str]:
    theme = theme_of(tmp_path, **files)
    source = render_template(theme, HTML_TEMPLATE, edition(item()))
    return [str(finding) for finding in mjml_findings(source, theme.shown)]


def with_line(line: str) -> str:
    assert PLACE in PAGE
    return PAGE.replace(PLACE, f"        {line}\n")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_where_it_stands_in_the_template(tmp_path: Path, fault: str) -> None:
    line, expected = FAULTS[fault]
    told = findings(tmp_path, issue_mjml_j2=with_line(line))
    assert any(each.startswith(f"templates/plain/issue.mjml.j2:{expected}") for each in told), told


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    line = '<mj-text colour="a">a</mj-text><mj-buton>b</mj-buton><mj-text size="1">c</mj-text>'
    assert len(findings(tmp_path, issue_mjml_j2=with_line(line))) == 3


def test_a_fault_in_a_part_is_told_in_the_part_and_once_for_all_items(tmp_path: Path) -> None:
    part = "{% for item in section.items * 3 %}\n  <mj-txt>Ёлка</mj-txt>\n{% endfor %}"
    (told,) = findings(tmp_path, parts__brief_mjml_j2=part)
    assert told.startswith("templates/plain/parts/brief.mjml.j2:2:3: there is no element <mj-txt>")
    assert told.endswith(" - did you mean `mj-text`?")


WELCOME = [
    "<mj-text><br>a<br /><img src='a' alt=''>&nbsp;&bogus; a & b > c</mj-text>",
    "<mj-text/>",
    "<mj-text >a</mj-text >",
    "<mj-raw><!--[if mso]><table><![endif]-->a<!--[if mso]></table><![endif]--></mj-raw>",
    "<mj-raw><![if !mso]>a<![endif]></mj-raw>",
    "<mj-text css-class='a' mj-class='b'>a</mj-text>",
    '<mj-table role="presentation"><tr><td>a</td></tr></mj-table>',
    "<!-- a comment -->",
]


@pytest.mark.parametrize("line", WELCOME)
def test_what_mjml_takes_is_welcome(tmp_path: Path, line: str) -> None:
    assert findings(tmp_path, issue_mjml_j2=with_line(line)) == []


HEADS = ["<?xml version='1.0'?>\n", "<!doctype html>\n", "a\n", "<p>a</p>\n"]


@pytest.mark.parametrize("head", HEADS)
def test_nothing_stands_outside_the_page(tmp_path: Path, head: str) -> None:
    (told,) = findings(tmp_path, issue_mjml_j2=head + PAGE)
    assert told.startswith("templates/plain/issue.mjml.j2")
    assert "cannot stand" in told


def test_a_page_with_a_fault_is_not_rendered(tmp_path: Path) -> None:
    theme = theme_of(tmp_path, issue_mjml_j2=with_line("<mj-foo />"))
    with pytest.raises(InputRefused, match="there is no element <mj-foo>"):
        render(theme, edition(item()), {})
