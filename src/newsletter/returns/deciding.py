"""What is done because of a report: a pure function of it and of what else came back from there.

Nothing is done without proof that the report is about a mail of ours. What is about us (spam,
policy, authentication, block lists) or about the mail never touches a reader. An address that is
gone for good is not written to any more at once; a mailbox that is full, or a server that is away,
only counts, and issue after issue it adds up.
"""

from collections.abc import Sequence

from newsletter.model.judging import Action, Judgement, Passage, Proof, Told
from newsletter.model.returns import GONE, SCOPES, ReportKind, ReturnReason, ReturnScope

_REASONS = {
    ReturnReason.UNKNOWN_USER: "nobody there has this address",
    ReturnReason.UNKNOWN_HOST: "its domain takes no mail",
    ReturnReason.DISABLED: "the mailbox is closed",
    ReturnReason.MOVED: "the reader has moved elsewhere",
    ReturnReason.SUSPENDED: "the account is suspended",
    ReturnReason.MAILBOX_FULL: "the mailbox is full",
    ReturnReason.SPAM: "our mail was taken for spam",
    ReturnReason.POLICY: "their policy refuses mail of ours",
    ReturnReason.AUTHENTICATION: "our mail is not signed or vouched for as they want it",
    ReturnReason.RELAYING: "the server does not take mail for it from us",
    ReturnReason.RATE: "they take no more mail of us for now",
    ReturnReason.SIZE: "our mail is too large for them",
    ReturnReason.CONTENT: "they refuse what is in our mail",
    ReturnReason.VIRUS: "they take something in our mail for a virus",
    ReturnReason.NETWORK: "their server could not be reached",
    ReturnReason.EXPIRED: "their server did not take it in time",
    ReturnReason.SYSTEM: "their server has a fault",
    ReturnReason.UNKNOWN: "they do not say why",
}
_BOUNCE, _DELAY = 2, 1


def judge(told: Told, passages: Sequence[Passage], soft_issues: int) -> Judgement:
    """Return what to do because of `told`, which is in the first of `passages`.

    `passages` are the issues that went to the address, the latest first; `soft_issues` is for how
    many of them running it may fail for the time being.
    """
    why = _REASONS[told.reason]
    if told.kind not in (ReportKind.BOUNCE, ReportKind.DELAY, ReportKind.COMPLAINT):
        return Judgement(action=Action.NONE, because="it says nothing of an address")
    if told.proof is Proof.NONE:
        words = "nothing in it shows that it is about a mail of ours"
        return Judgement(action=Action.NONE, because=words)
    if told.complained:
        return Judgement(action=Action.ENDED, because="the reader wants no more mail")
    if told.kind is ReportKind.COMPLAINT:
        return Judgement(action=Action.OURS, because="it is about us, and of no reader's making")
    if SCOPES[told.reason] in (ReturnScope.SENDER, ReturnScope.MESSAGE):
        return Judgement(action=Action.OURS, because=f"{why}: that is no fault of the reader's")
    if is_gone(told) and told.is_named:
        return Judgement(action=Action.SUPPRESSED, because=f"{why}, and that for good")
    return _add_up(told, passages, soft_issues)


def is_gone(told: Told) -> bool:
    """Whether a report says that nobody can be reached at an address any more."""
    return told.kind is ReportKind.BOUNCE and told.permanent is True and told.reason in GONE


def _add_up(told: Told, passages: Sequence[Passage], soft_issues: int) -> Judgement:
    """Return what failures for the time being come to, over issues running.

    A delay is never the last word: that mail may still arrive, and mostly does.
    """
    points, issues = 0, []
    for passage in passages:
        weight = max(map(_weight, passage.told), default=0)
        if not weight:
            break
        points += weight
        issues.append(passage.issue)
    why = _REASONS[told.reason]
    if not told.is_named:
        why = f"{why}: the one that the mail was passed on to"
    named = ", ".join(reversed(issues))
    if points >= _BOUNCE * soft_issues and told.kind is ReportKind.BOUNCE:
        words = f"{len(issues)} issues running did not arrive ({named}); at last: {why}"
        return Judgement(action=Action.SUPPRESSED, because=words)
    late = " late so far" if told.kind is ReportKind.DELAY else ""
    count = f"issue {len(issues)} running{late}" if issues else "counted"
    return Judgement(action=Action.COUNTED, because=f"{why}; {count}, {soft_issues} are allowed")


def _weight(told: Told) -> int:
    """Return what a report counts when failures add up: a delay half of what a bounce does."""
    about_them = SCOPES[told.reason] in (ReturnScope.RECIPIENT, ReturnScope.NETWORK)
    if told.proof is Proof.NONE or not about_them:
        return 0
    return {ReportKind.BOUNCE: _BOUNCE, ReportKind.DELAY: _DELAY}.get(told.kind, 0)
