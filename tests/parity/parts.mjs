// Asks the reference implementation what single parts of a tokenizer.json make of a text: each entry of parts.json over part of the corpus and
// over texts that are made to collide. The answers go to goldens/parts.bin.gz in the form that goldens.mjs describes, one entry after the other.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Tokenizer } from 'tokenizers';

const here = name => new URL(name, import.meta.url);
const { texts: odd, every, parts } = JSON.parse(readFileSync(here('parts.json')));
const corpus = JSON.parse(gunzipSync(readFileSync(here('corpus.json.gz')))).filter((_, i) => i % every === 0);
const texts = [...odd, ...corpus];

class Numbers {
  bytes = [];
  natural(n) { for (; n > 127; n = Math.floor(n / 128)) this.bytes.push(n % 128 + 128); this.bytes.push(n); }
  whole(n) { this.natural(n < 0 ? -2 * n - 1 : 2 * n); }
}

const unitsOf = text => { const units = [0]; for (const c of text) units.push(units.at(-1) + c.length); return units; };

// Characters as their bytes, so that ids tell the text that a normalizer made; "ab" as one piece.
const vocab = { '[PAD]': 256, a: 257, b: 258, ab: 259 };
for (let b = 0; b < 256; b++) vocab[`<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`] = b;
const model = { type: 'BPE', byte_fallback: true, fuse_unk: false, unk_token: null, vocab, merges: [['a', 'b']] };

const out = new Numbers();
for (const { normalizer = null, pre_tokenizer = null } of parts) {
  const tokenizer = Tokenizer.fromString(JSON.stringify({
    version: '1.0', truncation: null, padding: null, post_processor: null, decoder: null, added_tokens: [],
    normalizer, pre_tokenizer, model,
  }));
  const encodings = await tokenizer.encodeBatch(texts, { addSpecialTokens: false });
  encodings.forEach((encoding, k) => {
    const units = unitsOf(texts[k]);
    const ids = encoding.getIds(), offsets = encoding.getOffsets(), words = encoding.getWordIds();
    out.natural(ids.length);
    let end = 0, word = 0;
    ids.forEach((id, n) => {
      const [from, to] = offsets[n].map(at => units[at]);
      out.natural(id);
      out.whole(from - end);
      out.natural(to - from);
      out.whole(words[n] - word);
      [end, word] = [to, words[n]];
    });
  });
}
const golden = gzipSync(Buffer.from(out.bytes), { level: 9 });
writeFileSync(here('goldens/parts.bin.gz'), golden);
console.log(`${parts.length} parts, ${texts.length} texts, ${golden.length} bytes`);
