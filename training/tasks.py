"""What each model is trained, chosen and tested on. Paths are below the data folder; `.gz` is found by itself."""
from .data import find, read_conll

NER = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"]
UPOS = ["ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"]
BIO = ["O", "B-Disease", "I-Disease", "B-Chemical", "I-Chemical"]
CROSSNER = ["ai", "literature", "music", "politics", "science"]

# Raw text and the share of its paragraphs that is read.
GENERAL_TEXT = {"openstax": 1, "digitalgov": 1, "factbook": 1, "us_addresses": 1, "ner_train_text": 1, "ud_train_text": 1,
                "techdocs": 1, "medquad": 0.2, "novels": 0.3}
MEDICAL_TEXT = {"medquad": 1, "openstax": 0.3, "digitalgov": 0.3, "ner_train_text": 0.3, "ud_train_text": 1}


class Task:
    """`train` holds (path, repeats, types that the set does not annotate); `choose` and `test` hold name -> path.

    `pieces` is the size of the vocabulary, `pretrain`, `teach` and `finetune` are steps: those that the shipped models had; `teachers` how many are taught
    first. `names`: look names up in lists. `bert`: stands on a pretrained encoder. `own`: path of a set -> share of its windows that are scored with what is
    peculiar to it. `nameless`: share of the sentences without any name that are read. `raw`: path of a text that teachers label -> how often it is read; `silver`
    the same and the training sets, for a small model. `beside`: a task that is learned at the same time for what it tells about words, and then forgotten.
    """

    def __init__(self, folder, labels, train, choose, test, text, seen_text=(), names=False, pieces=28_000, pretrain=5211, teachers=0, teach=0, finetune=1892,
                 rate=1e-3, dropout=0.15, beside=None, bert=False, own=None, nameless=1.0, raw=None, lowered=()):
        self.defaults = dict(pieces=pieces, pretrain=pretrain, teachers=teachers, teach=teach, finetune=finetune, rate=rate, dropout=dropout)
        self.names, self.bert, self.own, self.nameless, self.raw, self.lowered = names, bert, own or {}, nameless, raw or {}, set(lowered)
        self.silver = {**self.raw, **{path: 0.8 * len(self.raw) / len(train) for path, _, _ in train}}
        self.exchanges_names = folder.startswith("en-ner")
        self.folder, self.labels, self.train, self.choose, self.test, self.text = folder, labels, train, choose, test, text
        self.beside = beside
        self.seen_text = list(seen_text) or [path for path, _, _ in train]

    def find_labels(self, data):
        """Slot sets name their own labels: those of the training sets."""
        if self.labels is None:
            found = {label for source, _, _ in self.train if (path := find(data, source)) for _, labels in read_conll(path) for label in labels} - {"O"}
            kinds = sorted({label[2:] for label in found})
            self.labels = ["O"] + [prefix + kind for kind in kinds for prefix in ("B-", "I-")]


NER_TRAIN = [
    ("ner/redocred/mapped/train.conll", 2, ""), ("ner/uner_en_ewt_oth/mapped/train.conll", 2, ""), ("ner/gum/mapped/train.conll", 1, "MISC"),
    ("ner/wnut17/mapped/train.conll", 1, ""), ("ner/btc/mapped/train.conll", 1, "MISC"), ("ner/litbank/mapped/train.conll", 0.5, "MISC"),
    ("ner/sec_filings/mapped/train.conll", 0.5, "MISC"), *((f"ner/crossner_{part}/mapped/{split}.conll", 2, "") for part in CROSSNER for split in ("train", "dev"))]

# One encoder serves ner, pos and slots: the same text makes the same vocabulary.
GENERAL_SETS = [path for path, _, _ in NER_TRAIN]

POS = Task(
    "en-pos-small", UPOS,
    [("pos/ewt/train.conll", 3, ""), ("pos/gum/train.conll", 2, ""), ("pos/masc/train.conll", 0.25, "")],
    {"EWT dev": "pos/ewt/dev.conll", "GUM dev": "pos/gum/dev.conll"},
    {"EWT test": "pos/ewt/test.conll", "GUM test": "pos/gum/test.conll", "MASC test": "pos/masc/test.conll"},
    GENERAL_TEXT, GENERAL_SETS, finetune=1749, rate=1.2e-3, dropout=0.1)

# Sets beside the ones that the small model reads; those with habits of their own are mostly scored with a head of their own.
NER_MORE = [
    ("ner/docred_test/mapped/train.conll", 1, ""), ("ner/fewnerd_inter_complete/mapped/train.conll", 0.7, ""), ("ner/slue_voxpopuli/mapped/train.conll", 0.4, "MISC"),
    ("ner/tweebank_ner/mapped/train.conll", 1, ""), ("ner/multiconer_v1_en/mapped/train.conll", 0.3, "MISC"),
    ("ner/multiconer_v2_en/mapped/train.conll", 0.3, "MISC"), ("ner/tab_echr144/mapped/train.conll", 0.3, "MISC"), ("ner/grobid_ner/mapped/train.conll", 0.5, ""),
    ("ner/presidio_synth/mapped/train.conll", 0.5, "MISC"), ("ner/idrisi_loc_only/mapped/train.conll", 0.15, "PER,ORG,MISC")]
NER_CHOOSE = {"EWT dev": "ner/uner_en_ewt_oth/mapped/dev.conll", "WNUT17 dev": "ner/wnut17/mapped/dev.conll", "GUM dev": "ner/gum/mapped/dev.conll",
              "LitBank dev": "ner/litbank/mapped/dev.conll", "BTC dev": "ner/btc/mapped/dev.conll"}
NER_TEST = {"wikigold": "ner/wikigold/mapped/test.conll", "UNER PUD": "ner/uner_en_pud/mapped/test.conll", "UNER EWT test": "ner/uner_en_ewt/mapped/test.conll",
            "EWT test, with MISC": "ner/uner_en_ewt_oth/mapped/test.conll",
            "WNUT17 test": "ner/wnut17/mapped/test.conll", "Re-DocRED test": "ner/redocred/mapped/test.conll", "BTC test": "ner/btc/mapped/test.conll",
            "GUM test": "ner/gum/mapped/test.conll", "LitBank test": "ner/litbank/mapped/test.conll"}
OWN_HABITS = {**{path: 0.2 for path, _, _ in NER_TRAIN}, **{path: 0.7 for path, _, _ in NER_TRAIN if "btc" in path or "litbank" in path or "sec_" in path},
              "ner/docred_test/mapped/train.conll": 0.2, "ner/fewnerd_inter_complete/mapped/train.conll": 0.4, "ner/slue_voxpopuli/mapped/train.conll": 0.6,
              "ner/tweebank_ner/mapped/train.conll": 0.4, "ner/multiconer_v1_en/mapped/train.conll": 0.5,
              "ner/multiconer_v2_en/mapped/train.conll": 0.5, "ner/tab_echr144/mapped/train.conll": 0.5, "ner/grobid_ner/mapped/train.conll": 0.7,
              "ner/presidio_synth/mapped/train.conll": 0.4, "ner/idrisi_loc_only/mapped/train.conll": 0.5}
LOWERED = ["ner/multiconer_v1_en/mapped/train.conll", "ner/multiconer_v2_en/mapped/train.conll"]

# What teachers label; sentences of Few-NERD whose labels are not complete stand here without them.
NER_RAW = {"ner/fewnerd_inter_partial/mapped/partial.conll": 3, "text/masc-00.txt": 1.5, "text/openstax-00.txt": 1, "text/ud_train_text-00.txt": 1, "text/digitalgov-00.txt": 0.7,
           "text/factbook-00.txt": 0.5, "text/us_addresses-00.txt": 0.4, "text/techdocs-00.txt": 0.3, "text/novels-00.txt": 0.5, "text/ner_train_text-00.txt": 0.6}

BIO_TRAIN = [("bio/bc5cdr/train.conll", 1, ""), ("bio/ncbi_disease/train.conll", 1, "Chemical")]
BIO_CHOOSE = {"BC5CDR dev": "bio/bc5cdr/dev.conll", "NCBI dev": "bio/ncbi_disease/dev.conll"}
BIO_TEST = {"BC5CDR test": "bio/bc5cdr/test.conll", "NCBI test": "bio/ncbi_disease/test.conll"}
# Abstracts of PubMed that are labelled with other things, and what else speaks of diseases and drugs.
BIO_RAW = {**{f"bio/{name}/train.conll": 1 for name in ("bc2gm", "anatem", "bionlp13cg", "linnaeus")}, "text/medquad-00.txt": 1}
POS_TRAIN = [("pos/ewt/train.conll", 1, ""), ("pos/gum/train.conll", 0.7, ""), ("pos/masc/train.conll", 0.1, "")]
POS_RAW = {"text/masc-00.txt": 1, "text/ud_train_text-00.txt": 2, "text/ner_train_text-00.txt": 1, "text/openstax-00.txt": 0.5, "text/digitalgov-00.txt": 0.7, "text/techdocs-00.txt": 0.5,
           "text/novels-00.txt": 0.7}
SLOTS_TRAIN = [("slots/snips_sonos/train.conll", 1, "")]
SLOTS_TEST = {"SNIPS test": "slots/snips_sonos/test.conll"}

TASKS = {
    "pos-base": Task("en-pos-base", UPOS, POS_TRAIN, POS.choose, POS.test, {}, dropout=0.1, rate=2e-4, teachers=2, teach=3000, finetune=1500, bert=True,
                     raw=POS_RAW),
    "bio-base": Task("en-bio-base", BIO, BIO_TRAIN, BIO_CHOOSE, BIO_TEST, {}, dropout=0.1, rate=2e-4, finetune=3690, bert=True, raw=BIO_RAW),
    "slots-base": Task("en-slots-base", None, SLOTS_TRAIN, {}, SLOTS_TEST, {}, dropout=0.1, rate=2e-4, finetune=688, bert=True,
                       raw={"slots/snips_sonos/train.conll": 1}),
    "ner-base": Task("en-ner-base", NER, [(path, min(repeats, 1) if "crossner" not in path else 0.7, missing) for path, repeats, missing in NER_TRAIN] + NER_MORE,
                     NER_CHOOSE, NER_TEST, {}, dropout=0.1, rate=2e-4, teachers=2, teach=5800, finetune=2600, bert=True, own=OWN_HABITS, nameless=0.5, raw=NER_RAW, lowered=LOWERED),
    "ner": Task(
        "en-ner-small", NER,
        NER_TRAIN,
        NER_CHOOSE, NER_TEST,
        GENERAL_TEXT, names=True, teachers=2, teach=3600, finetune=3934, beside=POS),
    "pos": POS,
    "bio": Task(
        "en-bio-small", BIO,
        BIO_TRAIN, BIO_CHOOSE, BIO_TEST, MEDICAL_TEXT,
        [f"bio/{name}/train.conll" for name in ("bc5cdr", "ncbi_disease", "bc2gm", "anatem", "bionlp13cg", "linnaeus")], names=True, pieces=20_000, pretrain=1169, finetune=2200, rate=1.5e-3),
    "slots": Task(
        "en-slots-small", None,
        SLOTS_TRAIN, {}, SLOTS_TEST, GENERAL_TEXT, GENERAL_SETS, names=True, finetune=1227),
}


def tiny(task):
    """The same task with all that a tiny run needs to be over soon: the whole of each set is small there."""
    return Task(task.folder, task.labels, task.train, task.choose, task.test, task.text, task.seen_text, task.names, beside=task.beside, bert=task.bert, own=task.own, lowered=task.lowered,
                raw={path: 1 for path, _, _ in task.train}, rate=task.defaults["rate"] if task.bert else 1e-3)
