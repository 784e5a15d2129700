// Runs the small models through the pipeline of npm @huggingface/transformers, tokenizer and all, and counts the texts of which every piece that
// it reports (it leaves special ones out, the unknown piece among them) has the label and score that the golden files hold:
// node models/transformers.mjs. It knows not all families, and cuts some texts in its own way.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { env, pipeline } from '@huggingface/transformers';
import { families } from '../families.mjs';

const here = name => new URL(name, import.meta.url);
const unpacked = name => gunzipSync(readFileSync(here(name)));
const corpus = JSON.parse(unpacked('../corpus.json.gz'));

/** Labels and scores of every piece, text by text. */
function* golden(model) {
  const bytes = unpacked(`${model}/golden.bin.gz`);
  let at = 0;
  const natural = () => { let number = 0, factor = 1; for (;; factor *= 128) { const byte = bytes[at++]; number += byte % 128 * factor; if (byte < 128) return number; } };
  for (let text = 0; text < corpus.length; text++) {
    const count = natural();
    const labels = [...bytes.subarray(at, at += count)];
    const scores = labels.map(() => bytes.readUInt16LE((at += 2) - 2) / 65535);
    for (let list = 0; list < 5; list++) for (let left = natural(); left > 0; left--) { natural(); natural(); natural(); at++; }
    for (let left = natural(); left > 0; left--) at += bytes[at] === 0 ? 1 : 2;
    at += 4;
    yield { labels, scores };
  }
}

env.allowRemoteModels = false;
for (const model of JSON.parse(readFileSync(here('models.json')))) {
  const folder = mkdtempSync(join(tmpdir(), 'streamner-'));
  try {
    mkdirSync(join(folder, 'onnx'));
    copyFileSync(here(`${model.name}/model.onnx`), join(folder, 'onnx', 'model.onnx'));
    copyFileSync(here(`${model.name}/config.json`), join(folder, 'config.json'));
    writeFileSync(join(folder, 'tokenizer.json'), families.find(({ name }) => name === model.tokenizer).json());
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ tokenizer_class: 'PreTrainedTokenizer', model_max_length: model.limit }));
    env.localModelPath = tmpdir();
    const label = await pipeline('token-classification', basename(folder), { dtype: 'fp32', device: 'cpu' });
    const names = Object.values(JSON.parse(readFileSync(here(`${model.name}/config.json`))).id2label);
    let same = 0, failed = 0, text = 0;
    const other = [];
    for (const { labels, scores } of golden(model.name)) {
      let found;
      try { found = await label(corpus[text++], { ignore_labels: [] }); } catch { failed++; continue; }
      // Of all families that it knows one special piece stands in front.
      if (found.every(({ index, entity, score }) => entity === names[labels[index - 1]] && Math.abs(score - scores[index - 1]) < 1e-4)) same++;
      else other.push(corpus[text - 1]);
    }
    const shortest = other.sort((a, b) => a.length - b.length)[0];
    console.log(`${model.name}: ${same} of ${corpus.length} texts the same, ${other.length} other, ${failed} refused${shortest ? `; the shortest other: ${JSON.stringify(shortest)}` : ''}`);
  } catch (error) {
    console.log(`${model.name}: not there, ${error.message.split('\n')[0]}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
