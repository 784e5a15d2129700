// Asks the reference implementation about every code point and writes the table that the product embeds.
// Layout: src/Inference/Tokenization/Characters/README.md. Takes about a minute: node code-points.mjs [file]
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as reference from 'tokenizers';

const Removed = 1, CleanedToBlank = 2, Ideograph = 4, Punctuation = 8, Blank = 16, Letter = 32, Number_ = 64, Space = 128, NonSpacing = 256, Word = 512, Combining = 1024;
const target = process.argv[2] ?? new URL('../../src/Inference/Tokenization/Characters/code-points.bin.gz', import.meta.url);

const off = { cleanText: false, handleChineseChars: false, stripAccents: false, lowercase: false };
const clean = reference.bertNormalizer({ ...off, cleanText: true });
const apart = reference.bertNormalizer({ ...off, handleChineseChars: true });
const lowercase = reference.lowercase();
const canonical = reference.nfdNormalizer();
const compatible = reference.nfkdNormalizer();
const withoutNonSpacing = reference.bertNormalizer({ ...off, stripAccents: true });
const withoutMarks = reference.stripAccentsNormalizer();
const bertWords = reference.bertPreTokenizer();
const gptWords = reference.byteLevelPreTokenizer(false);

const isSyllable = c => c >= 0xAC00 && c <= 0xD7A3;
const scalars = [];
for (let c = 0; c <= 0x10FFFF; c++) if (c < 0xD800 || c > 0xDFFF) scalars.push(c);

const traits = new Uint16Array(0x110000);
const lower = new Map(), nfd = new Map(), nfkd = new Map();
for (const c of scalars) {
  const s = String.fromCodePoint(c);
  const cleaned = clean.normalizeString(`a${s}b`);
  let kind = cleaned === 'ab' ? Removed : cleaned === 'a b' ? CleanedToBlank : 0;
  if (apart.normalizeString(s) === ` ${s} `) kind |= Ideograph;
  const words = bertWords.preTokenizeString(`a${s}b`).length;
  kind |= words === 3 ? Punctuation : words === 2 ? Blank : 0;
  const joins = before => gptWords.preTokenizeString(before + s).length === 1;
  kind |= joins('a') ? Letter : joins('1') ? Number_ : joins('!') ? 0 : Space;
  if (withoutNonSpacing.normalizeString(`a${s}`) === 'a') kind |= NonSpacing;
  if (withoutMarks.normalizeString(`a${s}`) === 'a') kind |= Combining;
  traits[c] = kind;

  const changes = (map, normalizer) => { const to = normalizer.normalizeString(s); if (to !== s) map.set(c, to); };
  changes(lower, lowercase);
  if (isSyllable(c)) continue;
  changes(nfd, canonical);
  changes(nfkd, compatible);
}

// What counts as a word character beside a token that must stand alone.
const finder = reference.Tokenizer.fromString(JSON.stringify({
  version: '1.0', truncation: null, padding: null, normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null,
  added_tokens: [{ id: 1, content: '<x>', single_word: true, lstrip: false, rstrip: false, normalized: false, special: false }],
  model: { type: 'WordLevel', vocab: { '[UNK]': 0, '<x>': 1 }, unk_token: '[UNK]' },
}));
for (let i = 0; i < scalars.length; i += 20_000) {
  const part = scalars.slice(i, i + 20_000);
  const found = await finder.encodeBatch(part.map(c => `${String.fromCodePoint(c)}<x>`), { addSpecialTokens: false });
  found.forEach((encoding, k) => { if (!encoding.getIds().includes(1)) traits[part[k]] |= Word; });
}

// The combining classes themselves can't be asked for, but their order can: a mark of a higher class moves behind one of a lower class.
const Lowest = '\u0334', Highest = '\u0345';
const moves = (a, b) => canonical.normalizeString(`x${a}${b}`) === `x${b}${a}`;
const examples = [];
const classOf = new Map();
for (const c of scalars) {
  const s = String.fromCodePoint(c);
  if (canonical.normalizeString(s) !== s || !(moves(s, Lowest) || moves(Highest, s))) continue;
  let at = examples.findIndex(example => !moves(s, example));
  if (at < 0) at = examples.length;
  if (at === examples.length || moves(examples[at], s)) examples.splice(at, 0, s);
  classOf.set(c, s);
}
for (const [c, s] of classOf) classOf.set(c, examples.findIndex(example => !moves(s, example)) + 1);

const kinds = [...new Set(traits)].sort((a, b) => a - b);
const pages = new Map();
const pageOf = [];
for (let page = 0; page < 0x1100; page++) {
  const cells = [...traits.subarray(page * 256, page * 256 + 256)].map(kind => kinds.indexOf(kind));
  const key = cells.join();
  if (!pages.has(key)) pages.set(key, { number: pages.size, cells });
  pageOf.push(pages.get(key).number);
}

const parts = [];
const u8 = n => parts.push(Buffer.from([n]));
const u16 = n => { const b = Buffer.alloc(2); b.writeUInt16LE(n); parts.push(b); };
const i32 = n => { const b = Buffer.alloc(4); b.writeInt32LE(n); parts.push(b); };
const map = entries => {
  i32(entries.size);
  for (const [c, to] of entries) { i32(c); u8(to.length); parts.push(Buffer.from(to, 'utf16le')); }
};
u8(kinds.length);
kinds.forEach(u16);
u8(pages.size);
parts.push(Buffer.from(pageOf));
for (const { cells } of pages.values()) parts.push(Buffer.from(cells));
map(lower);
map(nfd);
map(nfkd);
i32(classOf.size);
for (const [c, order] of classOf) { i32(c); u8(order); }
const table = Buffer.concat(parts);
writeFileSync(target, gzipSync(table, { level: 9 }));
console.log(`${kinds.length} kinds, ${pages.size} pages, ${lower.size} lower, ${nfd.size} NFD, ${nfkd.size} NFKD, ${classOf.size} marks in ${examples.length} classes, ${table.length} bytes`);
