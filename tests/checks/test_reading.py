"""Rules about what nobody can read, or no thumb can hit."""

import pytest

from newsletter.checks import reading
from newsletter.checks.rule import Rule
from tests.checks.mails import mail_of, page_of


def told(rule: Rule, html: str) -> list[str]:
    """Return what `rule` says of a page."""
    return [each.message for each in rule(mail_of(html))]


LONG = "Words that nobody shall ever see"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (f'<div style="display:none">{LONG}</div><p>a</p>', 0),
        (f'<p>a</p><div style="display:none">{LONG}</div>', 1),
        (f'<div style="display:none">{LONG}</div><div style="display:none">{LONG}</div>', 1),
        (f'<p>a</p><div style="display:none"><p>{LONG}</p></div>', 1),
        ('<p>a</p><div style="display:none">short</div>', 0),
        (f"<p>a</p><div hidden>{LONG}</div>", 1),
        (f"<p>a</p><style>{LONG}</style>", 0),
    ],
)
def test_only_the_preheader_is_hidden(body: str, count: int) -> None:
    assert len(told(reading.hidden_text, page_of(body))) == count


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ('<p style="font-size:11.5px">a</p>', 1),
        ('<p style="font-size:12px">a</p>', 0),
        ('<td style="font-size:0px"><div style="font-size:16px">a</div></td>', 0),
        ('<td style="font-size:0px"><b>a</b></td>', 1),
        ('<p style="font-size:1px"></p>', 0),
        ('<div style="display:none;font-size:1px">a</div>', 0),
    ],
)
def test_text_is_large_enough(body: str, count: int) -> None:
    assert len(told(reading.tiny_text, page_of(body))) == count


LINK = '<a href="https://a.example" style="{}">Words</a>'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (f'<p style="font-size:16px;line-height:1.5">{LINK}</p>', []),
        (f'<p style="font-size:14px;line-height:1.5">{LINK}</p>', ["21"]),
        (f'<p style="font-size:14px;line-height:21px">{LINK}</p>', ["21"]),
        (f'<p style="font-size:10px;line-height:150%">{LINK}</p>', ["15"]),
        (f"<p>{LINK}</p>", ["19"]),
        (f"<p>In a sentence {LINK} it may be.</p>", []),
        (f"<p>Words before<br>{LINK}<br>and after</p>", ["19"]),
        (f"<p>{LINK} · {LINK}</p>", ["19", "19"]),
        (f"<p>{LINK.format('display:inline-block;padding:3px 0')}</p>", []),
        (f"<p>{LINK.format('display:inline-block;padding:1px 0 2px')}</p>", ["22"]),
        (f"<p>{LINK.format('display:block;padding-top:5px')}</p>", []),
        (f"<p>{LINK.format('padding:9px')}</p>", ["19"]),
    ],
)
def test_a_link_by_itself_is_large_enough_for_a_thumb(body: str, said: list[str]) -> None:
    findings = told(reading.link_target_size, page_of(body))
    assert [each.split(" is ")[1].split(" px")[0] for each in findings] == said
