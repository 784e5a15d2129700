// Reads a SentencePiece .model and describes it as the reference library's converters do, so that the reference implementation can load it.

/** The fields of a protobuf message: [number, value], a value being a BigInt, a Buffer or, for 32 bits, a float. */
function* fields(buffer) {
  let at = 0;
  const varint = () => { let n = 0n, shift = 0n, b; do { b = buffer[at++]; n |= BigInt(b & 127) << shift; shift += 7n; } while (b & 128); return n; };
  while (at < buffer.length) {
    const key = Number(varint());
    const kind = key & 7;
    if (kind === 0) yield [key >> 3, varint()];
    else if (kind === 2) { const length = Number(varint()); yield [key >> 3, buffer.subarray(at, at += length)]; }
    else if (kind === 5) { yield [key >> 3, buffer.readFloatLE(at)]; at += 4; }
    else if (kind === 1) { yield [key >> 3, buffer.readDoubleLE(at)]; at += 8; }
    else throw new Error(`wire type ${kind}`);
  }
}

export function readModel(buffer) {
  const pieces = [];
  let charsmap = '', unknown = 0;
  for (const [number, value] of fields(buffer)) {
    if (number === 1) {
      let piece = '', score = 0;
      for (const [n, v] of fields(value)) { if (n === 1) piece = v.toString('utf8'); if (n === 2) score = v; }
      pieces.push([piece, score]);
    }
    if (number === 2) for (const [n, v] of fields(value)) if (n === 40) unknown = Number(v);
    if (number === 3) for (const [n, v] of fields(value)) if (n === 2) charsmap = v.toString('base64');
  }
  return { pieces, charsmap, unknown };
}

const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
const quotes = [{ type: 'Replace', pattern: { String: '``' }, content: '"' }, { type: 'Replace', pattern: { String: "''" }, content: '"' }];
const plain = [{ type: 'NFKD' }, { type: 'StripAccents' }];
const blanks = content => ({ type: 'Replace', pattern: { Regex: ' {2,}' }, content });

/** The tokenizer.json of a .model under the tokenizer class that its folder names. */
export function convert(buffer, className, special) {
  const { pieces, charsmap, unknown } = readModel(buffer);
  const precompiled = { type: 'Precompiled', precompiled_charsmap: charsmap };
  const zero = names => names.map(name => [name, 0]);
  const isNumberComma = piece => [...piece].length >= 2 && piece.endsWith(',') && /\p{Nd}/u.test([...piece].at(-2));
  let vocab = pieces, unk = unknown, normalizers, splitters = [metaspace], frame;
  switch (className) {
    case 'XLMRobertaTokenizer':
      vocab = [...zero(['<s>', '<pad>', '</s>', '<unk>']), ...pieces.slice(3), ...zero(['<mask>'])];
      unk = 3;
      normalizers = [precompiled, { type: 'Strip', strip_left: false, strip_right: true }, blanks('▁')];
      frame = [[special.cls, 0], null, [special.sep, 0]];
      break;
    case 'CamembertTokenizer':
      vocab = [...zero(['<s>NOTUSED', '<pad>', '</s>NOTUSED', '<unk>']), ['<unk>NOTUSED', -100], ...pieces.slice(1), ...zero(['<mask>'])];
      unk = 3;
      normalizers = [precompiled, { type: 'Strip', strip_left: false, strip_right: true }, blanks('▁')];
      frame = [[special.cls, 0], null, [special.sep, 0]];
      break;
    case 'AlbertTokenizer':
      vocab = pieces.map(([piece, score]) => [piece, isNumberComma(piece) ? score - 100 : score]);
      normalizers = [...quotes, ...plain, { type: 'Lowercase' }, precompiled, blanks(' ')];
      frame = [[special.cls, 0], null, [special.sep, 0]];
      break;
    case 'XLNetTokenizer':
      normalizers = [...quotes, ...plain, precompiled, blanks(' ')];
      frame = [null, [special.sep, 0], [special.cls, 2]];
      break;
    case 'DebertaV2Tokenizer':
      normalizers = [{ type: 'Strip', strip_left: true, strip_right: true }, precompiled, blanks(' ')];
      frame = [[special.cls, 0], null, [special.sep, 0]];
      break;
    default:
      throw new Error(className);
  }

  const ids = new Map(vocab.map(([piece], id) => [piece, id]));
  let next = vocab.length;
  const added = special.all.map(content => ({
    id: ids.has(content) ? ids.get(content) : (ids.set(content, next), next++),
    content, single_word: false, lstrip: content === special.mask && className !== 'DebertaV2Tokenizer', rstrip: false, normalized: false, special: true,
  })).sort((a, b) => a.id - b.id);
  const parts = frame.map(part => part ? { SpecialToken: { id: part[0], type_id: part[1] } } : { Sequence: { id: 'A', type_id: 0 } });
  const used = Object.fromEntries(frame.filter(Boolean).map(([name]) => [name, { id: name, ids: [ids.get(name)], tokens: [name] }]));
  return {
    version: '1.0', truncation: null, padding: null, added_tokens: added, decoder: null,
    normalizer: { type: 'Sequence', normalizers },
    pre_tokenizer: splitters[0],
    post_processor: { type: 'TemplateProcessing', single: parts, pair: parts, special_tokens: used },
    model: { type: 'Unigram', unk_id: unk, vocab },
  };
}
