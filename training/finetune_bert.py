"""Fine-tunes a BERT encoder on the labelled sets of a task and keeps the better of the last and the averaged weights by the sets to choose by.

The word vectors stay as they are; every layer below the top learns more slowly than the one above it. `classifier-state.pt` holds all that a run needs to go on
after it was ended, and is written every few minutes.

Several processes may share a run (`workers`): each reads the sets in an order of its own, and every few steps their weights are made the same, the mean of all.
"""
import os
import random
import time

import torch
import torch.distributed as workers
import torch.nn.functional as F

from .bert import Bert, BertTokenClassifier, CasedPieces
from .data import find, open_text, read_conll
from .finetune import LONGEST, LOWER, Encoding, Mix, batches, divergence, hidden_pieces, opinion, pad, score
from .model import half_precision
from .pretrain import save
from .wordpiece import WordPiece, split_words

DECAY = 0.85  # of the learning rate, from a layer to the one below
AVERAGE = 0.97  # share of the averaged weights that stays, every four steps
CHOOSE_BY = 600  # sentences of each set
TAUGHT = 0.5  # share of the loss that is what the teachers think, and weight of a batch of raw text beside one of labelled windows
MEET = 4  # steps of each worker between two means


class CasedEncoding(Encoding):
    def __init__(self, vocabulary, labels):
        super().__init__(vocabulary, labels)
        self.pieces = CasedPieces(vocabulary)


def load(path):
    state = torch.load(path, map_location="cpu")
    weights = state["model"]
    encoder = Bert(weights["encoder.base"], weights["encoder.kind"], len(weights["encoder.table.weight"]), **state["config"])
    model = BertTokenClassifier(encoder, len(state["labels"]))
    model.load_state_dict(weights)
    return model.eval(), state


class Teachers:
    """The mean of what several trained classifiers think of each piece: float [batch, sequence, labels]."""

    def __init__(self, paths, device):
        self.models, self.device = [load(path)[0].to(device) for path in paths], device

    def __call__(self, ids, mask):
        return opinion(self.models, ids, mask, self.device)


def passages(data, sources, rng, longest=110):
    """Words of raw text for ever, 20 to `longest` of them together; `sources`: path below the data folder, CoNLL or plain text -> how often, from 0 on."""
    kept = []
    for source, share in sources.items():
        if path := find(data, source):
            if ".conll" in source:
                rows = [words for words, _ in read_conll(path)]
            else:
                with open_text(path) as file:
                    rows = [line for line in file if line.strip()]
            kept.append((rows, share))
    if not kept:
        raise ValueError(f"{data}: none of {', '.join(sources)} is there, of which teachers are asked")
    while True:
        for rows, _ in rng.choices(kept, [share for _, share in kept], k=600):
            row = rng.choice(rows)
            words = [part for word in row for part in split_words(word)] if isinstance(row, list) else split_words(row[:4000])
            at = rng.randrange(max(1, len(words) - 20))
            words = words[at if at < 200 else 0:][:rng.randint(20, longest)]
            if words:
                yield words


def raw_text(data, sources, encoding, rng, most):
    """Batches of raw text for ever, as (ids, mask) of at most `most` pieces."""
    found = passages(data, sources, rng)
    while True:
        drawn = [(encoding.ids([word.lower() for word in words] if rng.random() < LOWER else words)[0][:LONGEST],) for words, _ in zip(found, range(600))]
        for chosen in batches(drawn, most, rng):
            yield pad([drawn[i][0] for i in chosen])


def groups(model, rate, head_rate):
    """Parameters with their learning rates: those of the heads and of the kinds of case start from nothing and learn fastest."""
    fast = [*model.classifier.parameters(), *model.own.parameters(), model.encoder.case.weight]
    made = [{"params": fast, "full": head_rate}]
    layers = model.encoder.blocks
    for number, layer in enumerate(layers):
        made.append({"params": list(layer.parameters()), "full": rate * DECAY ** (len(layers) - 1 - number)})
    made.append({"params": [model.encoder.position.weight, *model.encoder.norm.parameters()], "full": rate * DECAY ** len(layers)})
    model.encoder.table.weight.requires_grad_(False)
    return made


def finetune(data, task, out, minutes, steps, log, device, seed=1, rate=2e-4, head_rate=1e-3, batch=800, dropout=0.1, result="classifier.pt", init="encoder.pt", teachers=(),
             taught_share=TAUGHT, number=0, count=1):
    """`teachers`: files of earlier classifiers with the same vocabulary and labels; a part of the loss is then to think as they do on the mean, on raw text all of it.
    `number` of `count` workers; `spent` is the first one's, so that all end at the same step."""
    torch.manual_seed(seed)
    if count > 1:
        # A file of each run's own: one that an ended run left would keep the workers of the next from finding each other.
        place = os.path.abspath(os.path.join(out, f"workers-{os.getpid() if number == 0 else os.getppid()}"))
        workers.init_process_group("gloo", init_method="file://" + place, rank=number, world_size=count)
    seed += 1000 * number
    rng = random.Random(seed)
    task.find_labels(data)
    encoding = CasedEncoding(WordPiece.load(os.path.join(out, "vocab.txt")).vocab, task.labels)
    mix = Mix(data, task, encoding, seed)
    taught = Teachers(teachers, device) if teachers else None
    text = raw_text(data, task.raw, encoding, rng, batch // 2) if teachers else None
    state = torch.load(os.path.join(out, init), map_location="cpu")
    weights = {name.removeprefix("encoder."): value for name, value in state["model"].items()}
    encoder = Bert(weights["base"], weights["kind"], len(weights["table.weight"]), dropout=dropout, **state["config"])
    encoder.load_state_dict({name: value for name, value in weights.items() if not name.startswith("classifier.")})
    model = BertTokenClassifier(encoder, len(task.labels), dropout, len(mix.sets)).to(device)
    if "classifier.weight" in weights:
        model.classifier.load_state_dict({part: weights["classifier." + part] for part in ("weight", "bias")})
    first = {name: weights[name.removeprefix("encoder.")] for name, value in model.named_parameters() if value.requires_grad and name.removeprefix("encoder.") in weights}
    optimiser = torch.optim.AdamW(groups(model, rate, head_rate), lr=rate, weight_decay=0.01, betas=(0.9, 0.98))
    learned = [name for name, value in model.named_parameters() if value.requires_grad]
    average = {name: value.clone() for name, value in model.state_dict().items() if name in learned}
    step, spent, mean, epoch = 0, 0.0, None, 0
    torch.manual_seed(seed)
    kept_state, going = os.path.join(out, result.replace(".pt", "-state.pt")), None
    if os.path.exists(kept_state):
        going = torch.load(kept_state, map_location="cpu")
        model.load_state_dict(going["model"])
        optimiser.load_state_dict(going["optimiser"])
        average, step, spent = going["average"], going["step"], going["spent"]
        log(f"goes on at step {step}, {spent:.0%} of the time")
    warm = 60 if minutes else max(1, min(60, steps // 5))
    before, started, last = spent, time.time(), time.time()
    silent = torch.zeros(len(mix.sets), 1, len(task.labels), device=device)
    for row, (_, _, missing) in enumerate(mix.sets):
        for kind in filter(None, missing.split(",")):
            silent[row, 0, [i for i, label in enumerate(task.labels) if label[2:] == kind]] = -1e4

    def loss_of(rows):
        ids, mask = pad([row[0] for row in rows])
        targets, _ = pad([row[1] for row in rows])
        weights = torch.zeros(ids.shape)
        for line, row in enumerate(rows):
            weights[line, :len(row[2])] = torch.tensor(row[2])
        ids, mask, targets, weights = (x.to(device) for x in (ids, mask, targets, weights))
        numbers = torch.tensor([row[4] for row in rows], device=device)
        own = torch.tensor([row[4] if rng.random() < task.own.get(mix.paths[row[4]], 0.5) else -1 for row in rows], device=device)
        ids = hidden_pieces(ids)
        with half_precision(device):
            shared, logits = (each.float() for each in model.both(ids, mask, own))
        logits = logits + silent[numbers] * (targets == 0).unsqueeze(-1)
        losses = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(weights)
        if taught:
            losses = (1 - taught_share) * losses + taught_share * divergence(shared, taught(ids, mask))
        return (losses * weights).sum() / weights.sum()

    def loss_of_text(ids, mask):
        ids, mask = ids.to(device), mask.to(device)
        with half_precision(device):
            logits = model(hidden_pieces(ids), mask).float()
        return (divergence(logits, taught(ids, mask)) * mask).sum() / mask.sum()

    def keep():
        if number == 0:
            save(kept_state, {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "average": average, "step": step, "spent": spent})

    def meet():
        """The mean of all workers' weights, and how much of the time the first one has spent."""
        with torch.no_grad():
            flat = torch.cat([value.flatten() for value in model.parameters() if value.requires_grad] + [torch.tensor([spent if number == 0 else 0.0])])
            workers.all_reduce(flat)
            at = 0
            for value in model.parameters():
                if value.requires_grad:
                    value.copy_(flat[at:at + value.numel()].view_as(value) / count)
                    at += value.numel()
        return flat[-1].item()

    model.train()
    while spent < 1:
        rows = mix.epoch()
        epoch += 1
        log(f"epoch {epoch}: {len(rows)} windows, {sum(len(row[0]) for row in rows)} pieces")
        for chosen in batches(rows, batch, rng):
            spent = before + (1 - before) * (time.time() - started) / 60 / minutes if minutes else step / steps
            if count > 1:
                spent = meet() if step % MEET == 0 else min(spent, 0.9999)
            if spent >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = group["full"] * min(1, (step + 1) / warm) * max(0.02, 1 - spent)
            optimiser.zero_grad(set_to_none=True)
            loss = loss_of([rows[i] for i in chosen])
            loss.backward()
            if taught:
                loss_of_text(*next(text)).mul(taught_share).backward()
            torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
            optimiser.step()
            step += 1
            mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
            if step % MEET == 0 and spent > 0.3 and number == 0:
                share = AVERAGE if spent > 0.4 else 0.0
                with torch.no_grad():
                    for name, value in model.named_parameters():
                        if name in average:
                            average[name].mul_(share).add_(value, alpha=1 - share)
            if step % 20 == 0 and number == 0:
                log(f"step {step}, loss {mean:.4f}, {spent:.0%} of the time")
            if time.time() - last > 240:
                keep()
                last = time.time()
    keep()
    if number > 0:
        return
    best = None
    ended = {name: value.clone() for name, value in model.state_dict().items()}
    candidates = {"last": {}, "averaged": average}
    if teachers:
        candidates["halfway from the first teacher to the last"] = {name: (value + ended[name].cpu()) / 2 for name, value in first.items()}
    for kind, weights in candidates.items():
        model.load_state_dict({**ended, **{name: value.clone() for name, value in weights.items()}})
        model.eval()
        total, told = 0.0, []
        with torch.no_grad():
            for name, source in task.choose.items():
                if path := find(data, source):
                    f1 = score(lambda ids, mask: model(ids.to(device), mask.to(device)), encoding, path, first=CHOOSE_BY).f1
                    told.append(f"{name} {f1:.1f}")
                    total += f1 / len(task.choose)
        log(f"{kind} weights: {', '.join(told)}; mean {total:.2f}")
        if best is None or total >= best[0]:
            best = total, {name: value.clone() for name, value in model.shipped().items()}
            save(os.path.join(out, result), {"model": best[1], "config": encoder.config, "labels": task.labels, "steps": step, "epochs": epoch})
    os.remove(kept_state)
    log(f"done after {step} steps, {epoch} epochs begun")
