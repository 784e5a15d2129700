// Makes the corpus of the comparison: node corpus.mjs FOLDER, with the annotated sets named in SOURCES.md below FOLDER.
// The corpus is shipped, so this is needed only to change it. Lines of code come from this project as it is then: make the goldens anew behind it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { languages } from './languages.mjs';

const data = process.argv[2];
if (!data) throw new Error('give the folder of the annotated sets: node corpus.mjs FOLDER');

let seed = 20_260_101;
const random = n => { seed |= 0; seed = seed + 0x6D2B79F5 | 0; let t = Math.imul(seed ^ seed >>> 15, 1 | seed); t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t; return ((t ^ t >>> 14) >>> 0) % n; };
const any = list => list[random(list.length)];
const times = (n, make) => Array.from({ length: n }, (_, i) => make(i));
const few = (least, most, make) => times(least + random(most - least + 1), make);

const corpus = [];
const add = texts => corpus.push(...texts);

/** Sentences of a CoNLL file, put together again with blanks; every n-th, so that all of the file is seen. */
function sentences(path, count) {
  const all = readFileSync(`${data}/${path}`, 'utf8').split(/\n\s*\n/).map(block => block.split('\n').map(line => line.split(/[\t ]/)[0]).filter(Boolean).join(' ')).filter(Boolean);
  return times(Math.min(count, all.length), i => all[Math.floor(i * all.length / Math.min(count, all.length))]);
}

const set = (folder, split, count) => add(sentences(`${folder}/${split}.conll`, count));

// News and encyclopedia, tweets and posts, web, and five languages.
set('ner/wikigold', 'test', 150);
set('ner/wnut17', 'test', 150);
set('ner/btc', 'test', 150);
set('ner/uner_en_pud', 'test', 100);
set('ner/uner_en_ewt', 'test', 150);
for (const language of ['da_ddt', 'de_pud', 'pt_bosque', 'sv_talbanken', 'zh_gsdsimp']) set(`multilingual/uner_${language}`, 'test', 60);

// Forty more languages, alone and mixed.
const sentencesOf = Object.values(languages).flat();
add(sentencesOf);
add(times(60, () => few(2, 3, () => any(sentencesOf)).join(any([' ', '\n', ' — ', ' / ', '']))));

// Code: this project's own.
const sources = ['../../src/Inference/Tokenization', '.'].flatMap(folder => {
  const root = new URL(`${folder}/`, import.meta.url);
  return readdirSync(root, { recursive: true }).filter(name => /^(?!node_modules).*\.(cs|mjs)$/.test(name) && !/(corpus|languages)\.mjs$/.test(name)).sort().map(name => readFileSync(new URL(name, root), 'utf8'));
});
const lines = sources.flatMap(source => source.split('\n')).filter(line => line.trim());
add(times(150, () => any(lines)));
add(times(50, () => { const at = random(lines.length - 12); return lines.slice(at, at + 2 + random(10)).join('\n'); }));

// Tables, numbers, addresses.
const names = ['Amsterdam', 'São Paulo', '北京', 'Zürich', 'Łódź', 'Kraków', "Côte d'Ivoire", 'Müller & Söhne GmbH', "O'Brien", 'AT&T', 'naïve', 'Ångström'];
const number = () => any([() => `${random(1e6)}`, () => `${random(1000)}.${random(100)}`, () => `-${random(50)}%`, () => `$${random(9)},${100 + random(900)}.00`, () => `1${random(9)}e-${random(9)}`, () => `½`, () => `٣٫١٤`, () => `１２３`])();
const cell = () => any([() => any(names), number, () => '', () => `${1900 + random(130)}-0${1 + random(9)}-1${random(9)}`, () => any(['N/A', 'true', 'x²', 'CO₂', '±3', '№ 7'])])();
for (const separator of [',', '\t', ';', ' | ', '    ']) add(times(24, () => few(3, 8, cell).join(separator)));
add(times(20, () => few(2, 5, () => few(2, 5, cell).join('\t')).join('\n')));
add(times(60, () => any([
  () => `Call +${random(99)} (${random(999)}) ${random(999)}-${random(9999)} or mail ${any(['anna', 'j.doe', 'x_y'])}@${any(['example.org', 'müller.example'])}`,
  () => `https://example.org/${any(['a', 'wiki/Ünïcode', 'q?x=1&y=2#z', '%E2%82%AC'])}/${random(9999)}`,
  () => `C:\\temp\\${any(names)}\\file_${random(99)}.txt && rm -rf /tmp/x-${random(99)}`,
  () => `IBAN DE${random(99)} ${times(4, () => 1000 + random(9000)).join(' ')}, ${any(['€', '£', '¥', '₹', '₿'])}${random(9999)}`,
  () => `#${any(['NER', 'Zürich', '日本'])}${random(99)} @user_${random(999)} RT: ${any(sentencesOf)}`,
])()));

// Emoji, alone and joined.
const emoji = ['😀', '💔', '👍🏽', '👩‍👩‍👧', '🇩🇪', '🇯🇵', '🏳️‍🌈', '❤️', '1️⃣', '🧑🏿‍🚀', '☕', '⚽', '🫠', '🤷‍♂️', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '©️'];
add(times(120, () => few(1, 6, () => any([() => any(emoji), () => any(names), () => any(['lol', '!!', 'soooo', '...'])])()).join(any([' ', '']))));

// Controls, format characters, odd white space.
const odd = [...times(33, i => String.fromCodePoint(i)), '\x7f', '\x80', '\x85', '\x8f', '\x9f', '\xa0', '\xad', '\u061c', '\u1680', '\u180e', ...times(16, i => String.fromCodePoint(0x2000 + i)), '\u2028', '\u2029', '\u202a', '\u202e', '\u202f', '\u205f', '\u2060', '\u2066', '\u2069', '\u3000', '\ufeff', '\ufff9', '\ufffc', '\ufffd', '\ufffe', '\uffff', '\u{e0001}', '\u{e0041}', '\u{f0000}', '\u{10ffff}'];
add(odd.map(c => `a${c}b ${c}John${c} ${c}${c}x`));
add(odd.map(c => `${c}Paris`));
add(times(120, () => few(2, 8, () => any([() => any(odd), () => any(odd), () => any(names), () => any(['a', 'is', '.'])])()).join('')));
add(['', ' ', '  ', '\n', ' \n\t ', ' a', 'a ', '  a  b  ', '\ta\n\nb\r\n', '\u3000東京\u3000', 'a   b', 'a \n b', "it's 's 'S 're we've I'LL don't", "''x'' ``y``", 'e.g. i.e. U.S.A.', '--- *** ___ ~~~ ^^^ ``` $$$ +++ <<< >>> === |||']);

// Right to left, in both directions at once.
const rtl = [...languages.arabic, ...languages.hebrew, ...languages.persian, ...languages.urdu];
add(times(60, () => [any(rtl), any(names), any(['\u200f', '\u200e', '\u202b', '']), any(rtl)].join(any([' ', '']))));

// Combining marks: decomposed text, piles of marks, marks alone, Hangul in parts, spacing marks, musical symbols.
add(sentencesOf.map(text => text.normalize('NFD')).filter((_, i) => i % 2 === 0));
add(sentencesOf.map(text => text.normalize('NFKD')).filter((_, i) => i % 5 === 0));
const marks = ['\u0300', '\u0301', '\u0308', '\u0323', '\u0327', '\u0328', '\u0334', '\u0338', '\u0345', '\u035c', '\u0360', '\u0483', '\u0488', '\u05b0', '\u05bc', '\u0655', '\u0670', '\u093c', '\u093f', '\u094d', '\u0e31', '\u0e48', '\u1160', '\u11a8', '\u1ab0', '\u20d0', '\u20dd', '\u302a', '\u3099', '\ufe0f', '\ufe20', '\u200d', '\u{1d165}', '\u{1d167}', '\u{1e8d0}'];
const bases = ['a', 'E', 'o', 'ß', 'İ', 'ı', 'ς', 'Σ', 'ﬁ', 'ǆ', 'ǅ', '한', 'ᄒ', 'ᅡ', '가', 'क', 'র', 'ก', 'ا', 'א', '漢', '가\u11a8', '①', '㎏', '㍿', 'Ⅷ', '½', '㈣', '～', 'Ａ', 'ｶﾞ', '\u{1d400}', '\u{1d15e}', '\u{20000}', '\u{2f800}'];
add(times(240, () => few(1, 6, () => any(bases) + few(0, 3, () => any(marks)).join('')).join(any(['', ' ']))));
add(times(40, () => few(1, 12, () => any(marks)).join('')));
add(bases.flatMap(base => [base, `${base}${base}`, `x ${base} y`]));
add([`e${'\u0301'.repeat(300)} end`, '\u0301'.repeat(500), `한${'\u11a8'.repeat(70)}x`, '\u1100'.repeat(100), '👩\u200d'.repeat(60)]);

// Long words and long texts.
add(['a', 'x', '0', '!', '-', '漢', 'é', '💔', '\u0e01'].flatMap(c => [99, 100, 101, 300, 1500].map(n => `${c.repeat(n)} end`)));
add(times(30, () => times(60 + random(200), () => any([...'abcdefghijklmnoprstuv', 'é', 'ß', '0', '_', '-'])).join('')));
add(['Girllll', 'sooooo cooool', 'hahahahahahahaha', 'nooooooooooooo!!!!!!!!!!!!!', 'aaaaaaaaaaaaaaaaaaaaaaaa', '=========================', 'Donaudampfschifffahrtsgesellschaftskapitän', 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch', 'pneumonoultramicroscopicsilicovolcanoconiosis', 'ACGTACGTTTGACCA'.repeat(20)]);
add(times(8, () => few(40, 80, () => any(sentencesOf)).join(' ')));

// Special and added pieces inside text.
const special = ['[CLS]', '[SEP]', '[MASK]', '[PAD]', '[UNK]', '<s>', '</s>', '<pad>', '<unk>', '<mask>', '<sep>', '<cls>', '[ENT]', 'COVID-19', 'covid-19', 'STRASSE', 'straße', 'Straße', 'the', 'The', 'EU', 'eu', 'other', '[sep]', '<MASK>', '<eop>', '▁', 'Ġ', '##s'];
add(times(200, () => few(1, 5, () => any([() => any(special), () => any(special), () => any(names), () => any([' ', '  ', '\n', ', ', '_'])])()).join(any(['', ' ', '  ']))));

// Random Unicode: assigned or not, in random company.
const scalar = () => { for (;;) { const c = any([0x80, 0x800, 0x3000, 0xffff, 0x1ffff, 0x10ffff]); const p = random(c + 1); if (p < 0xd800 || p > 0xdfff) return String.fromCodePoint(p); } };
add(times(250, () => few(1, 25, () => any([scalar, scalar, () => ' ', () => any(names)])()).join('')));

const wellFormed = corpus.filter(text => text.isWellFormed());
if (wellFormed.length < 2000) throw new Error(`only ${wellFormed.length} texts`);
writeFileSync(new URL('corpus.json.gz', import.meta.url), gzipSync(JSON.stringify(wellFormed), { level: 9 }));
console.log(`${wellFormed.length} texts, ${wellFormed.reduce((sum, text) => sum + Buffer.byteLength(text), 0)} bytes`);
