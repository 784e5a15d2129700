// The token-classification pipeline of the reference library (Python), rewritten line by line in what decides over labels, spans and scores:
// gather_pre_entities, aggregate_words, aggregate_word, group_entities, get_tag of transformers/pipelines/token_classification.py.
// Spans stay code points here, as they are there.

/** Probabilities of a row of logits. */
export const softmax = row => {
  const most = Math.max(...row);
  const shifted = Array.from(row, value => Math.exp(value - most));
  const sum = shifted.reduce((a, b) => a + b);
  return shifted.map(value => value / sum);
};

export const argmax = row => row.reduce((best, value, i) => (value > row[best] ? i : best), 0);

const mean = values => values.reduce((a, b) => a + b) / values.length;

/** gather_pre_entities: `points` are the text's code points, `prefix` the model's continuing_subword_prefix, `unknown` the tokenizer's unk_token_id. */
const gather = (points, pieces, rows, { prefix, unknown, token }) => pieces.map(({ id, start, end }, i) => {
  let subword = prefix
    ? [...token(id)].length !== points.slice(start, end).length
    : start > 0 && !points.slice(start - 1, start + 1).includes(' ');
  if (id === unknown) subword = false;
  return { scores: rows[i], start, end, subword };
});

const aggregateWord = (pieces, strategy, labels) => {
  let scores;
  if (strategy === 'first') scores = pieces[0].scores;
  if (strategy === 'max') scores = pieces.reduce((best, piece) => (Math.max(...piece.scores) > Math.max(...best.scores) ? piece : best)).scores;
  if (strategy === 'average') scores = labels.map((_, label) => mean(pieces.map(piece => piece.scores[label])));
  const best = argmax(scores);
  return { entity: labels[best], score: scores[best], start: pieces[0].start, end: pieces.at(-1).end };
};

const aggregateWords = (pieces, strategy, labels) => {
  const words = [];
  for (const piece of pieces) {
    if (words.length && piece.subword) words.at(-1).push(piece);
    else words.push([piece]);
  }
  return words.map(word => aggregateWord(word, strategy, labels));
};

const tagOf = name => (name.startsWith('B-') ? ['B', name.slice(2)] : name.startsWith('I-') ? ['I', name.slice(2)] : ['I', name]);

const group = entities => {
  const groups = [];
  for (const entity of entities) {
    const [part, tag] = tagOf(entity.entity);
    if (groups.length && tag === tagOf(groups.at(-1).at(-1).entity)[1] && part !== 'B') groups.at(-1).push(entity);
    else groups.push([entity]);
  }
  return groups.map(of => ({
    label: of[0].entity.split('-').at(-1),
    score: mean(of.map(entity => entity.score)),
    start: of[0].start,
    end: of.at(-1).end,
  }));
};

/** What `pipeline("token-classification", aggregation_strategy=strategy, ignore_labels=["O"])` gives. */
export const entities = (points, pieces, rows, strategy, labels, tokenizer) => {
  const gathered = gather(points, pieces, rows, tokenizer);
  const units = strategy === 'simple'
    ? gathered.map(({ scores, start, end }) => ({ entity: labels[argmax(scores)], score: scores[argmax(scores)], start, end }))
    : aggregateWords(gathered, strategy, labels);
  return group(units).filter(entity => entity.label !== 'O');
};

// Chunks as conlleval.pl and seqeval cut them, over the first piece of each of the tokenizer's words. Labels without prefix are runs.
const chunkEnds = (before, type, tag, nextType) =>
  before === 'E' || before === 'S' || (before === 'B' || before === 'I') && 'BSO'.includes(tag) || before !== 'O' && type !== nextType;
const chunkBegins = (before, type, tag, nextType) =>
  tag === 'B' || tag === 'S' || (before === 'E' || before === 'S' || before === 'O') && (tag === 'E' || tag === 'I') || tag !== 'O' && type !== nextType;

/** Entities by the label scheme: `words` are { label, score, start, end }. */
export const chunks = (words, labels) => {
  const prefixed = labels.every(label => label === 'O' || /^[BIES]-/.test(label)) && labels.some(label => label !== 'O');
  const split = label => (label === 'O' ? ['O', ''] : prefixed ? [label[0], label.slice(2)] : ['I', label]);
  const found = [];
  let open = null, before = 'O', type = '';
  const close = () => { if (open) found.push({ label: open.type, score: mean(open.scores), start: open.start, end: open.end }); open = null; };
  for (const word of words) {
    const [tag, nextType] = split(word.label);
    if (chunkEnds(before, type, tag, nextType)) close();
    if (chunkBegins(before, type, tag, nextType)) open = { type: nextType, start: word.start, scores: [] };
    if (open) { open.scores.push(word.score); open.start = Math.min(open.start, word.start); open.end = Math.max(open.end ?? 0, word.end); }
    [before, type] = [tag, nextType];
  }
  close();
  return found;
};
