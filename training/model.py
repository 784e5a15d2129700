"""The network: piece table -> gated convolutions with self-attention between them -> a score for each label.

Every step that looks at a neighbour first sets padding to zero, so a window gives the same labels alone as inside a padded batch.
"""
import functools
import math
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

ATTENTION = 0
DILATIONS = [1, 1, 2, 4, ATTENTION, 1, 2]  # of the layers in their order: steps of a convolution, or a layer of self-attention


@functools.cache
def multiplies_faster_in_bfloat16():
    """Whether this processor does; one without the instructions for it is ten times slower instead."""
    def seconds(kind):
        x = torch.ones(512, 512, dtype=kind)
        best = math.inf
        for _ in range(4):
            began = time.perf_counter()
            x @ x
            best = min(best, time.perf_counter() - began)
        return best

    return seconds(torch.bfloat16) < seconds(torch.float32)


def half_precision(device):
    """Lets what runs inside multiply in bfloat16 where the device gains by it."""
    return torch.autocast(device, dtype=torch.bfloat16, enabled=device != "cpu" or multiplies_faster_in_bfloat16())


class Dropout(nn.Module):
    """As nn.Dropout, with masks that are cut out of one long row of them: to draw each number anew takes a fifth of a training step."""

    LENGTH = 1 << 23
    row = {}

    def __init__(self, share):
        super().__init__()
        self.share = share

    def forward(self, x):
        if not self.training or self.share == 0:
            return x
        if x.is_cuda or x.numel() > self.LENGTH // 2:
            return F.dropout(x, self.share)
        key = self.share, x.dtype
        if key not in self.row:
            self.row[key] = F.dropout(torch.ones(self.LENGTH, dtype=x.dtype), self.share)
        at = int(torch.randint(self.LENGTH - x.numel(), (1,)))
        return x * self.row[key][at:at + x.numel()].view(x.shape)


def neighbours(x, step):
    """Beside each position what stands `step` before and behind it; zeros beyond the ends."""
    return torch.cat([F.pad(x, (0, 0, step, 0))[:, :x.shape[1]], x, F.pad(x, (0, 0, 0, step))[:, step:]], -1)


class Convolution(nn.Module):
    def __init__(self, hidden, step, dropout):
        super().__init__()
        self.step, self.norm, self.mix, self.drop = step, nn.LayerNorm(hidden), nn.Linear(3 * hidden, 2 * hidden), Dropout(dropout)

    def forward(self, x, mask):
        value, gate = self.mix(neighbours(self.norm(x) * mask, self.step)).chunk(2, -1)
        return x + self.drop(value * torch.sigmoid(gate))


class Attention(nn.Module):
    def __init__(self, hidden, heads, dropout):
        super().__init__()
        self.heads, self.size = heads, hidden // heads
        self.norm, self.ask, self.out, self.drop = nn.LayerNorm(hidden), nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden), Dropout(dropout)

    def forward(self, x, mask):
        batch, length, hidden = x.shape
        q, k, v = (self.ask(self.norm(x)).view(batch, length, 3 * self.heads, self.size).permute(0, 2, 1, 3)).chunk(3, 1)
        weights = torch.matmul(q, k.transpose(-1, -2)).float() / math.sqrt(self.size) + (mask[:, None, None, :, 0] - 1) * 10000.0
        context = torch.matmul(torch.softmax(weights, -1).to(v.dtype), v).permute(0, 2, 1, 3).reshape(batch, length, hidden)
        return x + self.drop(self.out(context))


class Encoder(nn.Module):
    """input_ids, attention_mask: int64 [batch, sequence] -> float [batch, sequence, hidden]. `features` are fixed columns, one row a piece."""

    def __init__(self, features, names=None, width=160, hidden=256, dilations=DILATIONS, heads=4, dropout=0.1, table_dropout=0.1):
        super().__init__()
        self.config = dict(width=width, hidden=hidden, dilations=list(dilations), heads=heads)
        self.register_buffer("features", features.float())
        self.table = nn.Embedding(len(features), width)
        self.table.weight.data.normal_(0, width ** -0.5)
        self.enter, self.norm = nn.Linear(width + features.shape[1], hidden), nn.LayerNorm(hidden)
        self.names = names
        if names is not None:
            self.enter_names = nn.Linear(2 * names.kinds.shape[1], hidden, bias=False)
            self.enter_names.weight.data.zero_()
        self.drop = Dropout(table_dropout)
        self.blocks = nn.ModuleList(Attention(hidden, heads, dropout) if step == ATTENTION else Convolution(hidden, step, dropout) for step in dilations)

    def forward(self, ids, attention_mask, keep_features=None):
        mask = attention_mask.unsqueeze(-1).to(torch.float32)
        features = self.features[ids]
        if keep_features is not None:
            features = features * keep_features
        x = self.enter(torch.cat([self.drop(self.table(ids)), features], -1))
        if self.names is not None:
            found = self.names(ids * attention_mask)
            if keep_features is not None:
                found = found * keep_features[:, :, :1]
            x = x + self.enter_names(found)
        x = self.norm(x.float())
        for block in self.blocks:
            x = block(x, mask)
        return x


class TokenClassifier(nn.Module):
    """input_ids, attention_mask: int64 [batch, sequence] -> float [batch, sequence, labels].

    Two heads help in training and are left out of what is saved: `own` adds what is peculiar to one training set (its number is `source`), so that the
    shared head need not average over the habits of all; `second` scores the `tags` of another task, instead of the labels, when `second` is asked for.
    """

    HELPERS = ("own.", "second.")

    def __init__(self, encoder, labels, dropout=0.2, sources=0, tags=0):
        super().__init__()
        hidden = encoder.config["hidden"]
        self.encoder, self.norm, self.drop = encoder, nn.LayerNorm(hidden), Dropout(dropout)
        self.classifier = nn.Linear(hidden, labels)
        if sources:
            self.own = nn.Linear(hidden, labels * sources)
            nn.init.zeros_(self.own.weight)
            nn.init.zeros_(self.own.bias)
        if tags:
            self.second = nn.Linear(hidden, tags)

    def forward(self, ids, attention_mask, keep_features=None, source=None, second=False):
        x = self.drop(self.norm(self.encoder(ids, attention_mask, keep_features).float()))
        if second:
            return self.second(x).float()
        logits = self.classifier(x).float()
        if source is not None:
            own = self.own(x).float().view(*x.shape[:2], -1, logits.shape[-1])
            known = source.clamp_min(0).view(-1, 1, 1, 1).expand(-1, x.shape[1], 1, logits.shape[-1])
            logits = logits + own.gather(2, known).squeeze(2) * (source >= 0).view(-1, 1, 1).to(logits.dtype)
        return logits

    def shipped(self):
        """The weights without those of the helping heads."""
        return {name: value for name, value in self.state_dict().items() if not name.startswith(self.HELPERS)}


class MaskedLanguageModel(nn.Module):
    """Guesses hidden pieces among those of the batch and some drawn at random, by the vectors of the piece table itself."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder, self.norm = encoder, nn.LayerNorm(encoder.config["hidden"])
        self.back = nn.Linear(encoder.config["hidden"], encoder.config["width"])
        self.bias = nn.Parameter(torch.zeros(encoder.table.num_embeddings))
        self.scale = nn.Parameter(torch.tensor(5.0))

    def forward(self, ids, attention_mask, at, targets, drawn):
        """`at`: int64 [asked], places in the flattened batch; `targets`: the pieces that stand there; `drawn`: pieces to tell them from."""
        x = self.back(self.norm(self.encoder(ids, attention_mask).float().flatten(0, 1)[at]))
        candidates, answer = torch.unique(torch.cat([targets, drawn]), return_inverse=True)
        spare = len(targets) + len(drawn) - len(candidates)
        candidates = F.pad(candidates, (0, spare))
        logits = F.linear(x, self.encoder.table.weight[candidates]).float() * self.scale + self.bias[candidates]
        if spare:
            logits = torch.cat([logits[:, :-spare], torch.full_like(logits[:, -spare:], -1e4)], -1)
        return F.cross_entropy(logits, answer[:len(x)])
