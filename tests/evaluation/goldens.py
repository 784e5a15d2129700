"""Writes seqeval.json.gz: label sequences and the reports that seqeval makes of them.

python3 goldens.py PATH_OF_SEQEVAL   (a checkout of github.com/chakki-works/seqeval, and numpy)
"""
import gzip, json, os, random, sys, types, warnings

sys.path.insert(0, sys.argv[1])
stub = types.ModuleType("sklearn.exceptions")  # all that seqeval takes from scikit-learn
stub.UndefinedMetricWarning = type("UndefinedMetricWarning", (UserWarning,), {})
sys.modules["sklearn"], sys.modules["sklearn.exceptions"] = types.ModuleType("sklearn"), stub
warnings.simplefilter("ignore")

from seqeval.metrics import classification_report
from seqeval import scheme

SCHEMES = {"Bio2": (scheme.IOB2, "IB"), "Iob1": (scheme.IOB1, "IB"), "Ioe2": (scheme.IOE2, "IE"),
           "Bioes": (scheme.IOBES, "BIES"), "Bilou": (scheme.BILOU, "BILU")}
random.seed(7)


def sentence(prefixes, length):
    """Labels in any order: most of it is broken, which is where the rules differ."""
    kinds = random.choice((["PER"], ["PER", "LOC"], ["PER", "LOC", "a-b"]))
    return [random.choice(["O"] + [p + "-" + random.choice(kinds) for p in prefixes]) for _ in range(length)]


def noisy(tags, prefixes):
    return [t if random.random() < 0.7 else random.choice(sentence(prefixes, 1)) for t in tags]


cases = []
for name, (rules, prefixes) in SCHEMES.items():
    for mode in (None, "strict"):
        if mode is None and name == "Bilou":
            continue  # seqeval's default mode doesn't know its letters
        for _ in range(40):
            gold = [sentence(prefixes, random.randint(1, 9)) for _ in range(random.randint(1, 6))]
            predicted = [noisy(tags, prefixes) for tags in gold]
            options = {"scheme": rules, "mode": mode} if mode else {}
            try:
                table = classification_report(gold, predicted, digits=4, **options)
                numbers = classification_report(gold, predicted, output_dict=True, **options)
            except (ValueError, IndexError):
                continue  # no entity on either side
            cases.append({
                "scheme": name, "mode": "Strict" if mode else "Default", "gold": [" ".join(s) for s in gold], "predicted": [" ".join(s) for s in predicted], "table": table,
                "numbers": [{"name": k, "precision": float(v["precision"]), "recall": float(v["recall"]), "f1": float(v["f1-score"]), "support": int(v["support"])} for k, v in numbers.items()]})

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "seqeval.json.gz"), "wb") as raw:
    with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
        file.write(json.dumps(cases, indent=0).encode())
print(len(cases), "cases")
