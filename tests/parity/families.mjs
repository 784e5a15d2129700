// The tokenizers under comparison, each as the text of a tokenizer.json.
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { convert } from './sentencepiece.mjs';

const here = name => new URL(name, import.meta.url);
const unpacked = name => gunzipSync(readFileSync(here(`vocabularies/${name}`)));

/** Puts the content of a packed file where a template says "@file", or one field of it where it says "@file#field". */
const content = name => { const [file, field] = name.split('#'); const all = JSON.parse(unpacked(file)); return field ? all[field] : all; };

/** The same with fields changed, {"@": "file", ...}, and without every n-th merge, so that some pieces can't be reached by merging. */
const changed = ({ '@': name, drop_every_merge: nth, ...fields }) => {
  const all = { ...content(name), ...fields };
  return { ...all, merges: all.merges.filter((_, i) => i % nth) };
};

const filled = node =>
  typeof node === 'string' && node.startsWith('@') ? content(node.slice(1))
  : Array.isArray(node) ? node.map(filled)
  : node?.['@'] ? changed(node)
  : node && typeof node === 'object' ? Object.fromEntries(Object.entries(node).map(([key, value]) => [key, filled(value)]))
  : node;

const templates = readdirSync(here('families')).filter(name => name.endsWith('.json')).sort()
  .map(name => [name.replace('.json', ''), () => filled(JSON.parse(readFileSync(here(`families/${name}`))))]);

// Folders with a .model: the tests load the folder, the reference implementation what its converter makes of it.
const spiece = unpacked('xlnet.spiece.model.gz');
const names = { cls: '<cls>', sep: '<sep>', mask: '<mask>' };
const folders = [
  ['folder-xlnet', 'XLNetTokenizer', { ...names, all: ['<unk>', '<s>', '</s>', '<cls>', '<sep>', '<pad>', '<mask>', '<eop>', '<eod>'] }],
  ['folder-albert', 'AlbertTokenizer', { ...names, all: ['<unk>', '<s>', '</s>', '<cls>', '<sep>', '<pad>', '<mask>'] }],
  ['folder-deberta', 'DebertaV2Tokenizer', { ...names, all: ['<unk>', '<cls>', '<sep>', '<pad>', '<mask>'] }],
  ['folder-xlm-roberta', 'XLMRobertaTokenizer', { cls: '<s>', sep: '</s>', mask: '<mask>', all: ['<s>', '<pad>', '</s>', '<unk>', '<mask>'] }],
  ['folder-camembert', 'CamembertTokenizer', { cls: '<s>', sep: '</s>', mask: '<mask>', all: ['<s>', '<pad>', '</s>', '<unk>', '<mask>'] }],
].map(([name, className, special]) => [name, () => convert(spiece, className, special)]);

export const families = [...templates, ...folders].map(([name, build]) => ({ name, json: () => JSON.stringify(build()) }));
