"""The mailers by name."""

from tests.returns.mailers.chasquid import Chasquid
from tests.returns.mailers.courier import Courier
from tests.returns.mailers.dma import Dma
from tests.returns.mailers.dovecot import Dovecot
from tests.returns.mailers.exim import Exim, EximRussian
from tests.returns.mailers.mailer import Mailer
from tests.returns.mailers.nullmailer import Nullmailer
from tests.returns.mailers.opensmtpd import OpenSmtpd
from tests.returns.mailers.postfix import Postfix, PostfixGerman, PostfixKoi, PostfixRussian
from tests.returns.mailers.qmail import Qmail
from tests.returns.mailers.sendmail import Sendmail

_ALL: tuple[type[Mailer], ...] = (
    Postfix,
    PostfixKoi,
    PostfixRussian,
    PostfixGerman,
    Exim,
    EximRussian,
    Sendmail,
    OpenSmtpd,
    Courier,
    Dma,
    Qmail,
    Chasquid,
    Dovecot,
    Nullmailer,
)
MAILERS = {each.name: each for each in _ALL}
