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
const moves = (a, b) => a !== b && canonical.normalizeString(`x${a}${b}`) === `x${b}${a}`;
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

// Two code points that NFC makes one of: the last code point of a decomposition, and what is before it, composed.
const composed = reference.nfcNormalizer();
const pairs = [];
for (const [c, decomposed] of nfd) {
  const parts = [...decomposed];
  const s = String.fromCodePoint(c);
  if (parts.length < 2 || composed.normalizeString(s) !== s) continue;
  const first = composed.normalizeString(parts.slice(0, -1).join(''));
  if ([...first].length === 1 && composed.normalizeString(first + parts.at(-1)) === s) pairs.push([first.codePointAt(0), parts.at(-1).codePointAt(0), c]);
}

// What regular expressions see, which is another library than the one above: all code points as one text, and what the expression leaves of it.
const everything = scalars.map(c => String.fromCodePoint(c)).join('');
const withSplitter = splitter => reference.Tokenizer.fromString(JSON.stringify({
  version: '1.0', truncation: null, padding: null, normalizer: null, post_processor: null, decoder: null, added_tokens: [],
  pre_tokenizer: splitter, model: { type: 'WordLevel', vocab: { '[UNK]': 0 }, unk_token: '[UNK]' },
}));
async function matching(Regex, act) {
  const left = await withSplitter({ type: 'Split', pattern: { Regex }, behavior: 'Removed', invert: true }).encode(everything, null, { addSpecialTokens: false });
  for (const [from, to] of left.getOffsets()) for (let i = from; i < to; i++) act(scalars[i]);
}
const Categories = ['Cn', 'Lu', 'Ll', 'Lt', 'Lm', 'Lo', 'Mn', 'Mc', 'Me', 'Nd', 'Nl', 'No', 'Pc', 'Pd', 'Ps', 'Pe', 'Pi', 'Pf', 'Po', 'Sm', 'Sc', 'Sk', 'So', 'Zs', 'Zl', 'Zp', 'Cc', 'Cf', 'Co'];
const classes = new Uint16Array(0x110000);
for (const [number, name] of Categories.entries()) if (number) await matching(`\\p{${name}}`, c => { classes[c] |= number; });
for (const [bit, Regex] of ['\\w', '\\d', '\\s', '\\p{Han}', '\\p{Hiragana}', '\\p{Katakana}', '\\p{Hangul}'].entries()) await matching(Regex, c => { classes[c] |= 32 << bit; });

// The splitter Digits asks Rust itself what a number is.
const digits = reference.digitsPreTokenizer(true);
const Numeric = 32 << 7;
for (const c of scalars) if (digits.preTokenizeString(`a${String.fromCodePoint(c)}b`).length === 3) classes[c] |= Numeric;

/** The cells of a page of code points, equal pages once. */
function paged(of, kinds) {
  const pages = new Map();
  const pageOf = [];
  for (let page = 0; page < 0x1100; page++) {
    const cells = [...of.subarray(page * 256, page * 256 + 256)].map(kind => kinds.indexOf(kind));
    const key = cells.join();
    if (!pages.has(key)) pages.set(key, { number: pages.size, cells });
    pageOf.push(pages.get(key).number);
  }
  if (pages.size > 255 || kinds.length > 255) throw new Error(`${pages.size} pages and ${kinds.length} kinds do not fit the table`);
  return { pages, pageOf };
}

const parts = [];
const u8 = n => parts.push(Buffer.from([n]));
const u16 = n => { const b = Buffer.alloc(2); b.writeUInt16LE(n); parts.push(b); };
const i32 = n => { const b = Buffer.alloc(4); b.writeInt32LE(n); parts.push(b); };
const map = entries => {
  i32(entries.size);
  for (const [c, to] of entries) { i32(c); u8(to.length); parts.push(Buffer.from(to, 'utf16le')); }
};
const kindsOf = values => [...new Set(values)].sort((a, b) => a - b);
const table = values => {
  const kinds = kindsOf(values);
  const { pages, pageOf } = paged(values, kinds);
  u8(kinds.length);
  kinds.forEach(u16);
  u8(pages.size);
  parts.push(Buffer.from(pageOf));
  for (const { cells } of pages.values()) parts.push(Buffer.from(cells));
  return `${kinds.length} kinds on ${pages.size} pages`;
};
const traitsSaid = table(traits);
map(lower);
map(nfd);
map(nfkd);
i32(classOf.size);
for (const [c, order] of classOf) { i32(c); u8(order); }
i32(pairs.length);
for (const pair of pairs) pair.forEach(i32);
const classesSaid = table(classes);
const bytes = Buffer.concat(parts);
writeFileSync(target, gzipSync(bytes, { level: 9 }));
console.log(`traits ${traitsSaid}, classes ${classesSaid}, ${lower.size} lower, ${nfd.size} NFD, ${nfkd.size} NFKD, ${pairs.length} pairs, ${classOf.size} marks in ${examples.length} classes, ${bytes.length} bytes`);
