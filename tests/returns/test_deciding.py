"""What is decided: a table of cases, and what holds for every history there can be."""

import datetime
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.judging import Action, AlarmRule, Passage, Proof, ProviderCount, Told
from newsletter.model.returning import ReturnsSettings
from newsletter.model.returns import GONE, SCOPES, ReportKind, ReturnReason, ReturnScope
from newsletter.returns.deciding import judge
from newsletter.returns.watching import alarms_of

_NOON = datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC)
_K, _R, _A = ReportKind, ReturnReason, Action


def told(
    reason: ReturnReason,
    permanent: bool | None = True,
    kind: ReportKind = _K.BOUNCE,
    proof: Proof = Proof.RETURN_PATH,
    *,
    is_named: bool = True,
    complained: bool = False,
) -> Told:
    return Told(
        kind=kind,
        reason=reason,
        permanent=permanent,
        proof=proof,
        is_named=is_named,
        complained=complained,
    )


def passages(*issues: Sequence[Told]) -> list[Passage]:
    """Return the issues to an address, the latest first, as they are given."""
    return [
        Passage(issue=f"2026-{len(issues) - number}", at=_NOON, told=tuple(each))
        for number, each in enumerate(issues)
    ]


FULL, DELAYED = (
    told(_R.MAILBOX_FULL),
    told(_R.EXPIRED, False, _K.DELAY),
)


@pytest.mark.parametrize(
    ("one", "action", "words"),
    [
        (told(_R.UNKNOWN_USER), _A.SUPPRESSED, "nobody there has this address"),
        (told(_R.UNKNOWN_HOST), _A.SUPPRESSED, "its domain takes no mail"),
        (told(_R.UNKNOWN_USER, False), _A.COUNTED, "issue 1 running"),
        (told(_R.UNKNOWN_USER, None), _A.COUNTED, "issue 1 running"),
        (told(_R.UNKNOWN_USER, is_named=False), _A.COUNTED, "passed on to"),
        (told(_R.UNKNOWN_USER, proof=Proof.NONE), _A.NONE, "nothing in it shows"),
        (told(_R.UNKNOWN_USER, kind=_K.AUTO_REPLY), _A.NONE, "says nothing of an address"),
        (FULL, _A.COUNTED, "the mailbox is full"),
        (DELAYED, _A.COUNTED, "late so far"),
        (told(_R.SPAM), _A.OURS, "no fault of the reader's"),
        (told(_R.CONTENT), _A.OURS, "no fault of the reader's"),
        (told(_R.UNKNOWN, kind=_K.COMPLAINT, complained=True), _A.ENDED, "wants no more"),
        (
            told(_R.UNKNOWN, kind=_K.COMPLAINT, complained=True, proof=Proof.NONE),
            _A.NONE,
            "nothing in it shows",
        ),
    ],
)
def test_one_report_alone(one: Told, action: Action, words: str) -> None:
    found = judge(one, passages([one]), soft_issues=3)
    assert found.action is action
    assert words in found.because


@pytest.mark.parametrize(
    ("history", "action"),
    [
        ([[FULL], [FULL], [FULL]], _A.SUPPRESSED),
        ([[FULL], [FULL], []], _A.COUNTED),
        ([[FULL], [], [FULL], [FULL]], _A.COUNTED),
        ([[FULL], [DELAYED], [FULL]], _A.COUNTED),
        ([[FULL], [DELAYED], [FULL], [DELAYED]], _A.SUPPRESSED),
        ([[DELAYED, FULL], [FULL, FULL], [FULL]], _A.SUPPRESSED),
        ([[FULL], [told(_R.SPAM)], [FULL], [FULL]], _A.COUNTED),
    ],
)
def test_what_may_pass_adds_up_over_issues_running(
    history: list[list[Told]], action: Action
) -> None:
    assert judge(FULL, passages(*history), soft_issues=3).action is action


def test_mere_delays_never_end_it_however_many() -> None:
    """Servers that put off each mail at first (greylisting) take it in the end."""
    found = judge(DELAYED, passages(*[[DELAYED]] * 12), soft_issues=3)
    assert found.action is _A.COUNTED


_tolds = st.builds(
    Told,
    kind=st.sampled_from(ReportKind),
    reason=st.sampled_from(ReturnReason),
    permanent=st.sampled_from([True, False, None]),
    proof=st.sampled_from(Proof),
    is_named=st.booleans(),
    complained=st.booleans(),
)


@given(_tolds, st.lists(st.lists(_tolds, max_size=3), max_size=6), st.integers(2, 5))
def test_no_history_makes_a_reader_answer_for_us_or_for_what_is_not_proved(
    one: Told, history: list[list[Told]], soft: int
) -> None:
    found = judge(one, passages([one], *history), soft)
    assert found.because
    touches = found.action in (_A.SUPPRESSED, _A.ENDED)
    about_us = SCOPES[one.reason] in (ReturnScope.SENDER, ReturnScope.MESSAGE)
    tells_nothing = one.kind in (_K.AUTO_REPLY, _K.OTHER)
    if one.proof is Proof.NONE or tells_nothing or (about_us and not one.complained):
        assert not touches
    if found.action is _A.SUPPRESSED and not (one.reason in GONE and one.permanent):
        failing = [each for each in history[: 2 * soft] if each]
        assert len(failing) >= soft - 1


@given(_tolds, st.lists(st.lists(_tolds, max_size=3), max_size=6))
def test_more_patience_never_suppresses_more(one: Told, history: list[list[Told]]) -> None:
    less, more = (judge(one, passages([one], *history), soft).action for soft in (2, 5))
    assert more is not _A.SUPPRESSED or less is _A.SUPPRESSED


def count(provider: str, mails: int, **came: int) -> ProviderCount:
    return ProviderCount(provider=provider, mails=mails, **came)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([count("gmail.com", 1000, complaints=3)], []),
        ([count("gmail.com", 1000, complaints=4)], [(AlarmRule.COMPLAINTS, "")]),
        (
            [count("gmail.com", 1000, complaints=4), count("mail.ru", 9000)],
            [(AlarmRule.COMPLAINTS, "gmail.com")],
        ),
        (
            [count("mail.ru", 100, unknown_users=6), count("gmail.com", 900)],
            [(AlarmRule.UNKNOWN_USERS, "mail.ru")],
        ),
        ([count("mail.ru", 4, refused_for_us=2)], []),
        ([count("mail.ru", 6, refused_for_us=3)], [(AlarmRule.REFUSED_FOR_US, "")]),
    ],
)
def test_an_alarm_is_for_a_share_that_is_too_large(
    counts: list[ProviderCount], expected: list[tuple[AlarmRule, str]]
) -> None:
    found = alarms_of(counts, ReturnsSettings())
    assert [(each.rule, each.provider) for each in found] == expected
    assert all("%" in each.words for each in found)
