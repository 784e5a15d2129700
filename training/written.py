"""How words are written: capitals for text that has lost them, addresses and file names that are no names."""
from collections import Counter

SMALL = {"of", "the", "and", "in", "for", "on", "at", "to", "a", "an", "by", "with", "from", "de", "la", "le", "du", "von", "van", "der", "den", "di", "da", "del", "al", "el", "'s"}
COMMON = 3  # times that a word is seen before its way of writing is known
ENDINGS = ["com", "com", "com", "org", "net", "co.uk", "edu", "gov", "io", "de"]
HOSTS = ["mail", "example", "acme", "gmail", "corp", "news", "shop", "support", "university", "company", "cloud", "office", "data", "home"]
FILES = ["report", "resume", "notes", "letter", "invoice", "photo", "draft", "minutes", "contract", "backup"]
KINDS = ["doc", "pdf", "xls", "txt", "jpg", "docx", "csv", "zip"]


class Case:
    """Which words have capitals in the middle of a sentence, by cased sentences: lists of words."""

    def __init__(self, sentences):
        seen = {}
        for words in sentences:
            for word in words[1:]:
                seen.setdefault(word.lower(), Counter())[word] += 1
        self.written = {}
        for lower, forms in seen.items():
            form, count = forms.most_common(1)[0]
            if form != lower and count >= COMMON and count > 0.7 * sum(forms.values()):
                self.written[lower] = form

    def restored(self, words, labels):
        """Capitals for the first word, the words of names, and those that always have them."""
        out = []
        for at, (word, label) in enumerate(zip(words, labels)):
            if word in self.written:
                word = self.written[word]
            elif at == 0 or label != "O" and (label.startswith("B-") or word not in SMALL):
                word = word.upper() if "." in word else word[:1].upper() + word[1:]
            out.append(word)
        return out


def with_address(words, labels, people, rng):
    """One mail address, link or file name more, without a label, between two words that are not of one name."""
    person = [part for part in rng.choice(people) if part.isalpha()] or ["info"]
    if rng.random() < 0.6:
        person = [part.lower() for part in person]
    host, ending = rng.choice(HOSTS), rng.choice(ENDINGS)
    made = rng.choice([
        lambda: rng.choice([".", "_", ""]).join(person) + f"@{host}.{ending}", lambda: rng.choice([".", "_", ""]).join(person) + f"@{host}.{ending}",
        lambda: f"www.{''.join(person).lower()}.{ending}", lambda: f"http://www.{host}.{ending}/{'-'.join(person)}",
        lambda: "_".join([*person, rng.choice(FILES)]) + "." + rng.choice(KINDS), lambda: "@" + "".join(person)])()
    places = [at for at in range(len(words) + 1) if at == len(words) or not labels[at].startswith("I-")]
    at = rng.choice(places)
    return [*words[:at], made, *words[at:]], [*labels[:at], "O", *labels[at:]]
