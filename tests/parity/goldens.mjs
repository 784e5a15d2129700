// Asks the reference implementation for the pieces of every text of the corpus, and writes them to goldens/: node goldens.mjs [family...]
// A golden is gzipped; per text: number of pieces, then per piece its id, start less the end before, length, word less the word before.
// Numbers are LEB128, zigzag where they may be negative; spans are in UTF-16 units. At the end comes one more text: the special pieces alone.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Tokenizer } from 'tokenizers';
import { families } from './families.mjs';

const here = name => new URL(name, import.meta.url);
const corpus = JSON.parse(gunzipSync(readFileSync(here('corpus.json.gz'))));
const wanted = new Set(process.argv.slice(2));

class Numbers {
  bytes = [];
  natural(n) { for (; n > 127; n = Math.floor(n / 128)) this.bytes.push(n % 128 + 128); this.bytes.push(n); }
  whole(n) { this.natural(n < 0 ? -2 * n - 1 : 2 * n); }
}

/** Where each code point begins in UTF-16. */
const unitsOf = text => { const units = [0]; for (const c of text) units.push(units.at(-1) + c.length); return units; };

mkdirSync(here('goldens'), { recursive: true });
for (const { name, json } of families) {
  if (wanted.size && !wanted.has(name)) continue;
  const tokenizer = Tokenizer.fromString(json());
  const out = new Numbers();
  let pieces = 0;
  for (let i = 0; i < corpus.length; i += 200) {
    const texts = corpus.slice(i, i + 200);
    const encodings = await tokenizer.encodeBatch(texts, { addSpecialTokens: false });
    encodings.forEach((encoding, k) => {
      const units = unitsOf(texts[k]);
      const ids = encoding.getIds(), offsets = encoding.getOffsets(), words = encoding.getWordIds();
      out.natural(ids.length);
      pieces += ids.length;
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
  const [empty] = await tokenizer.encodeBatch([''], { addSpecialTokens: true });
  out.natural(empty.getIds().length);
  empty.getIds().forEach((id, n) => { out.natural(id); out.natural(empty.getTypeIds()[n]); });
  const golden = gzipSync(Buffer.from(out.bytes), { level: 9 });
  writeFileSync(here(`goldens/${name}.bin.gz`), golden);
  console.log(`${name}: ${corpus.length} texts, ${pieces} pieces, ${golden.length} bytes`);
}
