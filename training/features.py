"""Fixed columns for each piece of the vocabulary: how it is written, and whether it stands in a list of names or signal words."""
import numpy as np

from .data import find, read_names

WORDS = {
    "month or day": "January February March April May June July August September October November December Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec "
                    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tue Wed Thu Fri Sat Sun",
    "title": "Mr Mrs Ms Miss Dr Sir Madam Lord Lady Prof Professor President Minister Senator Governor Captain General Colonel Major Sergeant Judge Justice King "
             "Queen Prince Princess Pope Bishop Rev Reverend Saint St Chancellor Mayor Secretary Ambassador Congressman Representative Father Uncle Aunt",
    "company": "Inc Corp Corporation Ltd Limited Co Company Group Holdings PLC plc LLC LLP GmbH AG SA NV Bank Airlines Motors Records Entertainment Systems "
               "Technologies Partners Capital Industries Studios Pictures Press Media Energy Insurance Software Labs",
    "organisation": "University College Institute School Academy Ministry Department Agency Party Union Association Council Committee Commission Court Congress "
                    "Parliament Senate Army Navy Force Police Club FC United City Team League Federation Foundation Society Museum Hospital Church Board Bureau "
                    "Office Organization Organisation Network Center Centre Orchestra Band Authority Alliance Times News Journal",
    "place": "Street Road Avenue River Lake Mount Mountain Mountains Island Islands County State Province District Region Valley Bay Sea Ocean Park Airport Station "
             "Bridge Hill Hills Beach Coast North South East West Northern Southern Eastern Western Central Republic Kingdom City Town Village Square Territory",
    "work or event": "Prize Award Awards Cup Olympics Championship Festival War Act Treaty Battle Games Series Day Album Song Movie Book Bible Windows Linux iPhone",
    "before a place": "in at from near to of",
    "speech": "said says told asked wrote added by",
}
NAMES = {
    "first name": ["person_first_us_census", "person_first_female_kantrowitz", "person_first_male_kantrowitz"], "last name": ["person_last_us_census"],
    "country": ["loc_countries", "loc_world_countries"], "city": ["loc_us_cities", "loc_world_cities"], "region": ["loc_world_regions", "loc_rivers"],
    "nationality": ["misc_nationalities"], "company name": ["org_fortune500", "org_nasdaq_companies"], "other organisation": ["org_newspapers", "org_charities", "org_us_federal_agencies", "org_uk_political_parties"],
}
PUNCTUATION = [".", ",", ":", ";", "-–—", "\"“”", "'’‘`", "([{", ")]}", "@", "#", "/\\", "&", "$€£%", "!?", "_*=+<>|~^"]
ENDINGS = ["s", "ed", "ing", "ly", "er", "ian", "ish", "ese", "land", "ton", "ville", "burg", "stan", "ia", "son", "man", "ski", "ez", "ov", "tion", "al", "ic", "ous", "ive", "able",
           "itis", "osis", "emia", "ine", "ate", "ide", "ol", "in", "an"]


def lists(data):
    """Name lists that are in the data folder: kind -> names."""
    out = {}
    for kind, files in NAMES.items():
        out[kind] = [name for file in files if (path := find(data, f"gazetteers/{file}.txt")) for name in read_names(path)]
    for kind in ("authors", "celebrities"):
        if path := find(data, f"gazetteers/person_full_{kind}.txt"):
            full = [name.split() for name in read_names(path)]
            out["first name"] += [name[0] for name in full if len(name) > 1]
            out["last name"] += [name[-1] for name in full if len(name) > 1]
    return out


def build(vocabulary, data):
    words = {kind: set(text.split()) for kind, text in WORDS.items()}
    names = {kind: {name for name in found if " " not in name} for kind, found in lists(data).items()}
    lower = {kind: {name.lower() for name in found} for kind, found in {**words, **names}.items()}
    rows = []
    for position, piece in enumerate(vocabulary):
        tail = piece.startswith("##") and len(piece) > 2
        text = piece[2:] if tail else piece
        special = position < 5
        letters = [ch for ch in text if ch.isalpha()]
        upper = [ch for ch in letters if ch.isupper()]
        row = [special, tail, len(text) == 1, len(text) == 2, len(text) == 3, len(text) > 6,
               bool(letters) and text[0].isupper(), bool(letters) and len(upper) == len(letters), bool(letters) and len(upper) == len(letters) and len(text) > 1,
               bool(upper) and not text[0].isupper(), 0 < len(upper) < len(letters) and len(upper) > 1, bool(letters) and not upper,
               text.isdigit(), text.isdigit() and len(text) == 4, text.isdigit() and len(text) <= 2, any(ch.isdigit() for ch in text) and not text.isdigit(),
               not text.isascii(), bool(letters) and not text.isascii()]
        row = [bool(value) and not special for value in row[1:]]
        row = [special] + row
        row += [not special and text in group for group in PUNCTUATION]
        row += [not special and len(text) > len(end) + 1 and text.lower().endswith(end) for end in ENDINGS]
        for kind in (*words, *names):
            found = words.get(kind) or names.get(kind) or set()
            row += [not special and not tail and text in found, not special and not tail and text not in found and text.lower() in lower[kind]]
        rows.append(row)
    return np.array(rows, dtype=np.float32)
