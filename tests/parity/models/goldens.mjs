// Runs the small models through the reference implementations - tokenizers for pieces, onnxruntime-node for logits - and writes what comes out
// to models/<name>/golden.bin.gz: node models/goldens.mjs [name...]
// Per text: number of pieces; per piece its label, then 16 bits of its score. For simple, first, average, max and scheme: number of entities,
// per entity its start less the end before, length, index into the list of types, 8 bits of its score. Then of the text's words, which are what
// lies between its spaces: number; per word 0 when it has no piece, else label + 1 and 8 bits of the score. At last a checksum of the words' pieces.
// long.bin.gz holds the entities, by scheme and by average, of one document of 300,000 characters, read whole by models that have no limit.
// Numbers are LEB128, zigzag where they may be negative; spans are in UTF-16 units. Models read one text at a time, without any padding.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Tokenizer } from 'tokenizers';
import { families } from '../families.mjs';
import { argmax, chunks, entities, softmax } from './pipeline.mjs';

const here = name => new URL(name, import.meta.url);
const corpus = JSON.parse(gunzipSync(readFileSync(here('../corpus.json.gz'))));
const models = JSON.parse(readFileSync(here('models.json')));
const wanted = new Set(process.argv.slice(2));

/** Texts longer than the models' inputs: every 300 texts of the corpus in one. */
export const longTexts = Array.from({ length: Math.ceil(corpus.length / 300) }, (_, n) => corpus.slice(n * 300, (n + 1) * 300).join('\n'));

/** The corpus's first thousand texts, news, posts and web, over and over. */
export const longDocument = (() => {
  let text = '';
  for (let i = 0; text.length < 300_000; i = (i + 1) % 1000) text += `${corpus[i].replaceAll('\n', ' ')} `;
  return text;
})();

export const strategies = ['simple', 'first', 'average', 'max'];

class Bytes {
  bytes = [];
  byte(n) { this.bytes.push(n & 255); }
  natural(n) { for (; n > 127; n = Math.floor(n / 128)) this.bytes.push(n % 128 + 128); this.bytes.push(n); }
  whole(n) { this.natural(n < 0 ? -2 * n - 1 : 2 * n); }
  pair(n) { this.byte(n); this.byte(n >> 8); }
  eight(score) { this.byte(Math.round(score * 255)); }

  entities(list, units, types) {
    this.natural(list.length);
    let end = 0;
    for (const entity of list) {
      this.whole(units[entity.start] - end);
      this.whole(units[entity.end] - units[entity.start]);
      end = units[entity.end];
      this.natural(types.indexOf(entity.label));
      this.eight(entity.score);
    }
  }
}

/** FNV-1a over whole numbers, four bytes each. */
const checksum = numbers => {
  let hash = 0x811c9dc5;
  for (const number of numbers) for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ number >> shift & 255, 0x01000193) >>> 0;
  return hash;
};

/** What stands in config.json that the tokenizer's own file doesn't say: the unknown piece of the family. */
const unknownOf = (tokenizer, model) => model.unk_token ? tokenizer.tokenToId(model.unk_token) : model.vocab[model.unk_id]?.[0] ? model.unk_id : tokenizer.tokenToId('<unk>');

export class Reference {
  static async load(model) {
    const self = new Reference();
    const json = family => JSON.parse(families.find(({ name }) => name === family).json());
    const file = json(model.tokenizer);
    self.model = model;
    self.tokenizer = Tokenizer.fromString(JSON.stringify(file));
    // For words alone the reference wants the blank in front, and refuses to work without.
    self.wordTokenizer = model.tokenizer === 'roberta' ? Tokenizer.fromString(JSON.stringify(json('roberta-prefix-space'))) : self.tokenizer;
    self.config = JSON.parse(readFileSync(here(`${model.name}/config.json`)));
    self.labels = Object.values(self.config.id2label);
    self.session = await InferenceSession.create(here(`${model.name}/model.onnx`).pathname, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    self.aggregation = {
      prefix: file.model.continuing_subword_prefix,
      unknown: unknownOf(self.tokenizer, file.model),
      token: id => self.tokenizer.idToToken(id),
    };
    return self;
  }

  /** The columns of a text's encoding. */
  async encode(text) {
    const encoding = await this.tokenizer.encode(text);
    return { ids: encoding.getIds(), types: encoding.getTypeIds(), offsets: encoding.getOffsets(), words: encoding.getWordIds(), special: encoding.getSpecialTokensMask() };
  }

  /**
   * The columns of an encoding of words, as the Rust library makes it of input that is split into words: each word goes through normalizer,
   * pre-tokenizer and model by itself, then all together get their special pieces. (The Node binding takes no such input.)
   */
  async encodeWords(given) {
    const encodings = await this.wordTokenizer.encodeBatch(given, { addSpecialTokens: false });
    const frame = await this.encode('a');
    const from = frame.special.indexOf(0), to = frame.special.lastIndexOf(0) + 1;
    const around = column => [frame[column].slice(0, from), frame[column].slice(to)];
    const within = (column, values) => [...around(column)[0], ...values, ...around(column)[1]];
    return {
      ids: within('ids', encodings.flatMap(encoding => encoding.getIds())),
      types: within('types', encodings.flatMap(encoding => encoding.getTypeIds())),
      offsets: within('offsets', encodings.flatMap(encoding => encoding.getOffsets())),
      words: within('words', encodings.flatMap((encoding, word) => encoding.getIds().map(() => word))),
      special: within('special', encodings.flatMap(encoding => encoding.getIds().map(() => 0))),
    };
  }

  /** Probabilities of every piece of an encoding, special ones left out: { pieces, rows }. */
  async run({ ids: allIds, types, offsets, words, special }, limit = this.model.limit) {
    const { model } = this;
    // As truncation does it: the first pieces stay, and all of what stands around them.
    const room = limit - special.filter(is => is).length;
    let taken = 0;
    const kept = special.map((is, i) => i).filter(i => special[i] || taken++ < room);
    const pick = values => kept.map(i => values[i]);
    const ids = pick(allIds);
    const positions = model.type === 'roberta' ? ids.map((_, i) => i + model.pad + 1) : ids.map((_, i) => i);
    const feeds = {
      input_ids: ids, attention_mask: ids.map(() => 1), token_type_ids: pick(types), position_ids: positions, global_attention_mask: ids.map(() => 0),
    };
    const tensor = values => model.integers === 32
      ? new Tensor('int32', Int32Array.from(values), [1, values.length])
      : new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
    const { logits } = await this.session.run(Object.fromEntries(model.inputs.map(name => [name, tensor(feeds[name])])));
    const pieces = [], rows = [];
    kept.forEach((from, i) => {
      if (special[from]) return;
      pieces.push({ id: ids[i], start: offsets[from][0], end: offsets[from][1], word: words[from] });
      rows.push(softmax(logits.data.subarray(i * this.labels.length, (i + 1) * this.labels.length)));
    });
    return { pieces, rows };
  }
}

const unitsOf = text => { const units = [0]; for (const point of text) units.push(units.at(-1) + point.length); return units; };

/** The tokenizer's words, each with the label and score of its first piece. */
const wordsOf = (pieces, rows, labels) => {
  const words = [];
  pieces.forEach(({ start, end, word }, i) => {
    if (i > 0 && pieces[i - 1].word === word) {
      words.at(-1).end = Math.max(words.at(-1).end, end);
      words.at(-1).start = Math.min(words.at(-1).start, start);
    } else words.push({ label: labels[argmax(rows[i])], score: Math.max(...rows[i]), start, end });
  });
  return words;
};

const pack = (name, out) => {
  const packed = gzipSync(Buffer.from(out.bytes), { level: 9 });
  writeFileSync(here(name), packed);
  return packed.length;
};

const typesOf = labels => [...new Set(labels.flatMap(label => [label, label.replace(/^[BIES]-/, ''), label.split('-').at(-1)]))].sort();

async function golden(model) {
  const reference = await Reference.load(model);
  const { labels } = reference;
  const types = typesOf(labels);
  const out = new Bytes();
  const counts = { pieces: 0, entities: 0, words: 0 };
  for (const text of [...corpus, ...longTexts]) {
    const points = [...text];
    const units = unitsOf(text);
    const { pieces, rows } = await reference.run(await reference.encode(text));
    const best = rows.map(argmax);
    out.natural(pieces.length);
    best.forEach(label => out.byte(label));
    rows.forEach((row, i) => out.pair(Math.round(row[best[i]] * 65535)));
    counts.pieces += pieces.length;

    const words = wordsOf(pieces, rows, labels);
    const found = strategies.map(strategy => pieces.length ? entities(points, pieces, rows, strategy, labels, reference.aggregation) : []);
    for (const list of [...found, chunks(words, labels)]) {
      counts.entities += list.length;
      out.entities(list, units, types);
    }

    const given = text.split(' ');
    const split = await reference.run(await reference.encodeWords(given));
    const first = new Map();
    split.pieces.forEach(({ word }, i) => { if (!first.has(word)) first.set(word, split.rows[i]); });
    out.natural(given.length);
    counts.words += given.length;
    given.forEach((_, word) => {
      const row = first.get(word);
      out.byte(row ? argmax(row) + 1 : 0);
      if (row) out.eight(row[argmax(row)]);
    });
    const unitsIn = given.map(unitsOf);
    const hash = checksum(split.pieces.flatMap(({ id, start, end, word }) => [id, unitsIn[word][start], unitsIn[word][end], word]));
    out.pair(hash);
    out.pair(hash >>> 16);
  }

  const size = pack(`${model.name}/golden.bin.gz`, out);
  console.log(`${model.name}: ${counts.pieces} pieces, ${counts.entities} entities, ${counts.words} words, ${size} bytes`);
  if (!model.long) return;

  const long = new Bytes();
  const { pieces, rows } = await reference.run(await reference.encode(longDocument), Infinity);
  const units = unitsOf(longDocument);
  long.entities(chunks(wordsOf(pieces, rows, labels), labels), units, types);
  long.entities(entities([...longDocument], pieces, rows, 'average', labels, reference.aggregation), units, types);
  console.log(`${model.name}: a document of ${longDocument.length} characters, ${pieces.length} pieces, ${pack(`${model.name}/long.bin.gz`, long)} bytes`);
}

if (process.argv[1] === here('goldens.mjs').pathname)
  for (const model of models)
    if (!wanted.size || wanted.has(model.name)) await golden(model);
