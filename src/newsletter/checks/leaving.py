"""Whether readers can leave a mail from elsewhere: a link to unsubscribe in each of its parts.

Our own mails have a slot for it, and the rule `unsubscribe`. Of others nobody can know for certain,
so a link counts by its words or its address, in the languages of the house and of its neighbours.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from newsletter.checks.deeper import WAY_OUT
from newsletter.checks.mail import Mail
from newsletter.model.finding import Finding
from newsletter.model.place import Place

_WORDS = re.compile(
    r"unsub|opt.?out|sign.?off|stop receiving|leave (?:this|the|our) (?:mailing )?list"
    r"|manage (?:your |my )?(?:e?-?mail )?(?:subscription|preferences)|e?-?mail preferences"
    r"|отпис|отказ\w* от (?:рассылк|подписк|получ)|не получать|(?:настро|управл|измен)\w* подписк"
    r"|жазылымнан|жазылудан|бас тарт|баш тарт|відпис|адпіс|obuna|abunə|բաժանորդ|გამოწერ"
    r"|abmeld|abbestell|désabonn|désinscri|desinscri|desuscri|darse de baja|disiscri"
    r"|cancel\w* (?:la |a )?(?:suscripción|inscrição|assinatura)|uitschrij|afmeld|wypis|odhlás"
    r"|avregistrer|abonelik",
    re.IGNORECASE,
)


def way_out(mail: Mail) -> Iterator[Finding]:
    """Yield a finding for each part of a mail that gives its readers no way out."""
    links = [link for link in mail.page.links if link.label]
    if not any(_leads_out(link.href) or _WORDS.search(link.label) for link in links):
        found = mail.whole("nobody can leave by this page: no link in it speaks of unsubscribing")
        yield _finding(found.place, found.message)
    if mail.text is not None and not any(map(_leads_out, mail.text.splitlines())):
        found = mail.in_text(
            "nobody can leave by the text part: it does not speak of unsubscribing"
        )
        yield _finding(found.place, found.message)


def _leads_out(text: str) -> bool:
    return bool(_WORDS.search(unquote(text)))


def _finding(place: Place, message: str) -> Finding:
    return Finding(
        rule=WAY_OUT.id,
        place=place,
        message=message,
        remedy=WAY_OUT.mend,
        severity=WAY_OUT.severity,
    )
