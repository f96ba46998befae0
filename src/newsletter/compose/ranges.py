"""Ranges of numbers: a dash for 17-20 March, the hyphen for order No. 45-57.

A hyphen between numbers is often part of a name: of a law, a standard, a form, a telephone. So a
range has to show that it is one: the second number is the greater, and a word beside them says what
they count (a month, people, per cent, pages), or both are years. All else stays as it was typed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from newsletter.compose import dates

_NUMBER = r"\d{1,3}(?:[ \u00a0]\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?"
_PAIR = re.compile(
    rf"(?<![\w\-–—.,:/+])(?P<first>{_NUMBER})"
    r"(?P<gap>--?|[ \u00a0]+(?:-{1,3}|–|—)[ \u00a0]+)"
    rf"(?P<second>{_NUMBER})(?![\d\-–—:/]|[.,]\d)"
)
_REACH = 40
_ASIDE = re.compile("[\ue000\ue001]")
"""What stands for tags and addresses while a text is set."""

_NAMES = re.compile(
    r"(?:(?<!№)№|\b(?:No|Nr|N|ISBN|ISSN|ISO|IEC|EN|DIN|BS|ГОСТ|ОСТ|ИСО|МЭК|СНиП|СанПиН|СП|ТУ|ТР)"
    r"|(?i:\b(?:number|номер\w*|тел|телефон\w*|tel|telephone|phone|fax|факс\w*|ext|доб)))"
    r"[.:]?(?:[ \u00a0/][A-ZА-ЯЁ]{1,4})?[ \u00a0]*$"
)
"""Numbers after these are names, whatever follows: № 45-57, ГОСТ Р 1901-2001, tel. 23-45."""

_PAPERS = re.compile(
    r"(?i)\b(?:order|act|law|decree|resolution|document|form|flight|code|call|issue|contract|letter"
    r"|приказ\w*|закон\w*|указ\w*|распоряжени\w*|постановлени\w*|решени\w*|документ\w*|форм[аыеу]"
    r"|рейс\w*|код\w*|звоните|выпуск\w*|договор\w*|письм[оау])[ \u00a0]*$"
)
"""What looks like years is no range of years after these."""

_SIGNS_BEFORE = r"[€$£₽₸]|№№[ \u00a0]?"
_SIGNS_AFTER = r"[ \u00a0]?(?:[%‰°€$£₽₸])"
_YEARS = re.compile(r"[ \u00a0]?(?:гг\.|год(?:ы|ов|ам|ах|ами)\b|жж\.|years\b)")


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a language that make numbers beside them a range."""

    before: str = r"(?!)"
    after: str = r"(?!)"


_KNOWN = {
    "en": _Words(
        before=(
            r"pp\.|pages|nos\.|paras\.|paragraphs|arts\.|articles|chapters|sections|clauses|lines"
            r"|tables|figures|volumes|vols\.|items|points|questions|aged|ages"
        ),
        after=(
            r"years?|months?|weeks?|(?:working )?days?|hours?|minutes?|seconds?|times|people"
            r"|persons|participants|delegates|workers|employees|women|men|children|countries"
            r"|companies|enterprises|organi[sz]ations|jobs|places|pages|points|per cent|percent"
            r"|thousand|million|billion|trillion|euros?|dollars?|roubles?|rubles?|km|kg"
        ),
    ),
    "ru": _Words(
        before=(
            r"с\.|сс\.|стр\.|страниц(?:ы|ах|ам)|пп\.|пункт(?:ы|ов|ах|ам)|стат(?:ей|ьях|ьям)"
            r"|глав(?:ах|ам)?|таблиц(?:ах|ам)?|рисунк(?:и|ах)|вопрос(?:ы|ов|ах)|возраст(?:а|е)?"
        ),
        after=(
            r"лет|год(?:а|ов|ам|ах|ами|ы)|месяц(?:а|ев|ам|ах)|недел[иьюях]+|дн(?:я|ей|ям|ях)"
            r"|(?:рабочих|календарных) дн(?:я|ей|ям|ях)|час(?:а|ов|ам|ах)|минут[ыау]?|секунд[ыу]?"
            r"|раза?|человека?|чел\.|участни\w+|делегат\w+|работни\w+|женщин\w*|мужчин\w*|детей"
            r"|стран\w*|предприяти\w+|компани\w+|организаци\w+|мест[ау]?|страниц\w*|стр\.|балл\w*"
            r"|процент\w+|пункта|пунктов|тыс\.|тысяч\w*|млн|млрд|трлн|миллион\w*|миллиард\w*"
            r"|руб\.|рубл\w+|долл\.|доллар\w+|евро|тенге|км|кг|градус\w*"
        ),
    ),
    "kk": _Words(
        before=r"бб\.",
        after=(
            r"жас\w*|жыл\w*|ай|айда\w*|апта\w*|күн\w*|сағат\w*|минут\w*|адам\w*|қатысушы\w*"
            r"|кәсіпорын\w*|пайыз\w*|бет\w*|рет|есе|мың|млн|млрд|миллион\w*|теңге\w*|доллар\w*"
        ),
    ),
}
_NO_WORDS = _Words()
_SHORT_EN = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"


@dataclass(frozen=True, slots=True)
class _Signs:
    """What stands before and after a range in a language, as patterns."""

    before: re.Pattern[str]
    after: re.Pattern[str]
    month_before: re.Pattern[str]
    month_after: re.Pattern[str]


def set_ranges(text: str, language: str) -> str:
    """Return `text` with a dash in whatever is surely a range of numbers."""
    if not _PAIR.search(text):
        return text
    signs = _signs(language)

    def dashed(found: re.Match[str]) -> str:
        if _is_range(found, signs, language):
            return f"{found['first']}–{found['second']}"
        return found.group()

    return _PAIR.sub(dashed, text)


def _is_range(found: re.Match[str], signs: _Signs, language: str) -> bool:
    first, second = found["first"], found["second"]
    if _begins_with_naught(first) or _begins_with_naught(second):
        return False
    before = _ASIDE.sub("", found.string[max(found.start() - _REACH, 0) : found.start()])
    after = _ASIDE.sub("", found.string[found.end() : found.end() + _REACH])
    if _NAMES.search(before):
        return False
    close = found["gap"].strip() == found["gap"]
    if _are_years(first, second, close=close):
        framed = before.endswith("(") and after.startswith(")")
        counted = bool(_YEARS.match(after)) or (framed and not close)
        return counted or (close and not after[:1].isalpha() and not _PAPERS.search(before))
    start, end = (_value(each, language) for each in (first, second))
    if start >= end:
        return False
    if end <= 31 and (signs.month_after.match(after) or signs.month_before.search(before)):
        return True
    if signs.before.search(before):
        return not after[:1].isalpha()
    return close and bool(signs.after.match(after))


def _begins_with_naught(number: str) -> bool:
    return number[0] == "0" and number[1:2].isdigit()


def _are_years(first: str, second: str, *, close: bool) -> bool:
    """Whether two numbers can be years, the second perhaps in short: 1990-1995, 1990-91."""
    if len(first) != 4 or not first.isdigit() or not "1800" <= first <= "2199":
        return False
    if not second.isdigit():
        return False
    if len(second) == 4:
        return first < second <= "2199"
    # 2015-12 may be a month; 2015-2 is an issue
    return close and len(second) == 2 and second > "12" and second > first[2:]


def _value(number: str, language: str) -> float:
    bare = re.sub(r"[ \u00a0]", "", number)
    if language.split("-")[0] == "en":
        return float(bare.replace(",", ""))
    return float(bare.replace(",", ".", 1).replace(",", ""))


@lru_cache
def _signs(language: str) -> _Signs:
    words = _KNOWN.get(language.split("-")[0], _NO_WORDS)
    months = _months(language)
    english = language.split("-")[0] == "en"
    return _Signs(
        before=re.compile(rf"(?i)(?:(?<!\w)(?:{words.before})[ \u00a0]|{_SIGNS_BEFORE})$"),
        after=re.compile(rf"(?i)(?:[ \u00a0]?(?:{words.after})(?!\w)|{_SIGNS_AFTER})"),
        month_before=re.compile(rf"(?<!\w)(?:{months})\.?[ \u00a0]$" if english else r"(?!)"),
        month_after=re.compile(rf"[ \u00a0](?:{months})(?!\w)"),
    )


def _months(language: str) -> str:
    """Return the months as a pattern, with what many languages hang on to them."""
    if not dates.is_known(language):
        return r"(?!)"
    names = [re.escape(name) for name in dates.months_of_a_date(language)]
    if language.split("-")[0] == "en":
        return "|".join((*names, _SHORT_EN))  # with capitals: they may
    ending = "" if language == "ru" else r"\w{0,6}"
    return rf"(?i:{'|'.join(names)}){ending}"
