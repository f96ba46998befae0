"""The reader is held to the corpus: floors a little below what it reaches."""

import pytest

from tests.returns.judging import Judgement, judge, lines, samples


@pytest.fixture(scope="module")
def found() -> Judgement:
    judgement = judge(samples())
    print("\n" + "\n".join(lines(judgement)))  # noqa: T201  # shown with -s
    return judgement


def test_whom_a_report_names_is_read_exactly(found: Judgement) -> None:
    assert found.recipients_right >= 0.99, found.wrong


def test_what_lasts_is_told_from_what_passes(found: Judgement) -> None:
    assert found.permanence_right >= 0.985, found.wrong


def test_who_is_not_written_to_again_is_rightly_chosen(found: Judgement) -> None:
    assert found.suppress_right >= 0.985, found.wrong
    assert found.recall >= 0.98, found.wrong
    assert found.precision >= 0.98, found.wrong


def test_no_other_mail_is_taken_for_a_bounce(found: Judgement) -> None:
    assert found.false_bounces == 0, found.wrong
