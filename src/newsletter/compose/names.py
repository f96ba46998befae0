"""Names of files, made from headlines in any of the office's alphabets."""

import re
import unicodedata

_LETTERS = """
а:a б:b в:v г:g д:d е:e ё:e ж:zh з:z и:i й:y к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ц:ts
ч:ch ш:sh щ:shch ъ: ы:y ь: э:e ю:yu я:ya ә:a ғ:gh қ:q ң:ng ө:o ұ:u ү:u һ:h і:i ї:yi є:ye ґ:g ў:u
"""
_LATIN = dict(pair.split(":") for pair in _LETTERS.split())
_WORDS = 4
_LONGEST = 60


def slug_of(title: str) -> str:
    """Return a short name of small Latin letters, digits and hyphens: arctic-trade-union-school.

    Short words are left out, but for names in capitals; a title without a letter that can be
    written so becomes “item”.
    """
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", title))
    telling = [word for word in words if len(word) > 3 or (word.isupper() and len(word) > 1)]
    latin = [made for word in telling or words if (made := _in_latin(word))]
    return "-".join(latin[:_WORDS])[:_LONGEST].strip("-") or "item"


def _in_latin(word: str) -> str:
    letters = "".join(_LATIN.get(letter, letter) for letter in word.lower())
    plain = unicodedata.normalize("NFKD", letters)
    return re.sub(r"[^a-z0-9]", "", plain)
