"""python3 reference.py TEXTS TOKENIZER: the pipeline of Hugging Face transformers on the same work as `-- gpu` of the benchmarks.

TEXTS is a JSON list of texts, TOKENIZER a folder with tokenizer.json. A BERT of the same shape with random weights: sequences of 128 pieces by batch,
and texts of mixed length through pipeline("token-classification"). On a GPU in half precision, else one layer of it on the processor, to see that it runs.
"""
import json
import os
import sys
import time

import torch
import transformers

PIECES = 128
BATCHES = (1, 8, 32, 128)
SECONDS = float(os.environ.get("STREAMNER_BENCHMARK_SECONDS", "5"))


def timed(work, gpu):
    """Seconds of one call: repeated until enough time has gone by, after two to warm up."""
    for _ in range(2):
        work()
    if gpu:
        torch.cuda.synchronize()
    started, times = time.perf_counter(), 0
    while times == 0 or time.perf_counter() - started < SECONDS:
        work()
        if gpu:
            torch.cuda.synchronize()
        times += 1
    return (time.perf_counter() - started) / times


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        texts = json.load(file)
    gpu = torch.cuda.is_available()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=os.path.join(sys.argv[2], "tokenizer.json"), pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]",
        model_max_length=512)
    config = transformers.BertConfig(vocab_size=len(tokenizer), num_hidden_layers=12 if gpu else 1, num_labels=9)
    torch.manual_seed(1)
    model = transformers.BertForTokenClassification(config).eval()
    model = model.half().cuda() if gpu else model
    device = torch.cuda.get_device_name() if gpu else "DRY RUN on the processor, 1 layer"
    print(f"{device}; torch {torch.__version__}, transformers {transformers.__version__}")
    with torch.inference_mode():
        for batch in BATCHES if gpu else BATCHES[:2]:
            ids = torch.randint(5, len(tokenizer), (batch, PIECES), device=model.device)
            mask = torch.ones_like(ids)
            seconds = timed(lambda: model(input_ids=ids, attention_mask=mask).logits.float().cpu(), gpu)
            print(f"model alone, batches of {batch} x {PIECES}: {batch / seconds:.0f} sequences/s", flush=True)
        label = transformers.pipeline("token-classification", model=model, tokenizer=tokenizer, device=0 if gpu else -1,
                                      aggregation_strategy="simple", stride=64)
        some = texts if gpu else texts[:20]
        for batch in BATCHES if gpu else BATCHES[:2]:
            started = time.perf_counter()
            for _ in label(some, batch_size=batch):
                pass
            print(f"pipeline, mixed text, batch_size={batch}: {len(some) / (time.perf_counter() - started):.0f} documents/s", flush=True)


if __name__ == "__main__":
    main()
