"""The mailers by name."""

from tests.returns.mailers.mailer import Mailer
from tests.returns.mailers.postfix import Postfix, PostfixGerman, PostfixKoi, PostfixRussian

MAILERS: dict[str, type[Mailer]] = {
    each.name: each for each in (Postfix, PostfixKoi, PostfixRussian, PostfixGerman)
}
