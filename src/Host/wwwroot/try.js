// The view "Try it": a text, its labels as one types.

import { Refused, ask, key } from './api.js';
import { at, copy, count, counted, make, percent, say, table, time } from './dom.js';
import { colourOf, labelsWords } from './labels.js';
import { describe, fill, tips } from './marks.js';

const maxLinkLength = 8000;
const maxTokens = 5000;
const maxRows = 1000;

const examples = [
  ['News', 'Angela Merkel met Emmanuel Macron in Paris on Monday. Reuters and the BBC reported that Germany and France will fund a research centre in Geneva with Siemens and Airbus.'],
  ['Business', 'Sarah Chen left Microsoft to lead the Berlin office of Deutsche Bank. Her first call went to Tim Cook at Apple; the second one to the European Central Bank in Frankfurt.'],
  ['Sport', 'Brazil beat Germany 2-0 in Yokohama. Ronaldo scored twice against Oliver Kahn, and the FIFA World Cup went to South America for the fifth time.'],
  ['Emoji', '🎉 Zoë Müller 👩🏽‍🚀 flew from São Paulo to Zürich with Swiss ✈️ — and met José in Café Central.'],
  ['Right to left', 'وصل نجيب محفوظ إلى القاهرة ثم سافر إلى London مع BBC.'],
];

const state = { info: null, answer: null, text: '', took: 0, shape: 'marks', hidden: new Set() };
let [sequence, timer, running, linked] = [0, 0, null, null];
let marks;

const tokensCanBeAsked = () => Array.isArray(state.info?.models);

/** Sets the view up. */
export function start() {
  at('examples').append(...examples.map(([name, text]) => make('button', { type: 'button', class: 'chip', onclick: () => put(text) }, name)));
  at('text').addEventListener('input', () => changed());
  at('clear').addEventListener('click', () => { put(''); at('text').focus(); });
  at('model').addEventListener('change', () => changed(0));
  for (const button of at('shapes').children)
    button.addEventListener('click', () => { choose(button.dataset.shape); render(); });
  at('copy-json').addEventListener('click', () => state.answer ? copy(JSON.stringify(state.answer, null, 2), 'JSON') : say('There is nothing to copy yet.'));
  at('copy-curl').addEventListener('click', () => copy(curl(), 'curl command'));
  at('copy-link').addEventListener('click', link);
  marks = tips(at('output'));
  render();
}

/** Says what the service is. */
export function informed(info) {
  const first = state.info === null;
  state.info = info;
  const models = info.models ?? [];
  at('model-choice').hidden = models.length < 2;
  if (first) {
    at('model').replaceChildren(make('option', { value: '' }, 'all'), ...models.map(model => make('option', { value: model.name }, model.name)));
    pick(linked);
    if (labelsWords(info.model?.labels ?? []) && tokensCanBeAsked())
      choose('tokens');
  }
  at('try-model').textContent = info.model ? `Model: ${(models.length > 1 ? models : [info.model]).map(model => model.name).join(', ')}.` : '';
  at('shapes').querySelector('[data-shape=tokens]').hidden = !tokensCanBeAsked() && !state.answer?.tokens;
  if (first && at('text').value)
    changed(0);
}

/** Puts a text into the field and labels it. */
export function put(text) {
  at('text').value = text;
  changed(0);
}

/** Chooses the model that a link names; before the models are known, once they are. */
export function use(model) {
  linked = model;
  if (pick(model))
    changed(0);
}

function pick(model) {
  const isNew = model !== at('model').value && [...at('model').options].some(option => option.value === model);
  if (isNew)
    at('model').value = model;
  return isNew;
}

/** What stands in the field. */
export const current = () => at('text').value;

function choose(shape) {
  state.shape = shape;
  for (const button of at('shapes').children)
    button.setAttribute('aria-pressed', String(button.dataset.shape === shape));
}

function request() {
  const body = { text: at('text').value };
  if (tokensCanBeAsked())
    body.tokens = true;
  if (at('model').value)
    body.model = at('model').value;
  return body;
}

function changed(wait) {
  const text = at('text').value;
  at('text-size').textContent = counted(text.length, 'character', 'characters');
  clearTimeout(timer);

  // Whatever comes back for an earlier text is of no use any more.
  const mine = ++sequence;
  running?.abort();
  running = null;
  if (text === '') {
    [state.answer, state.text] = [null, ''];
    at('answer').textContent = '';
    return render();
  }

  // Long texts cost the service more, so it is asked less often.
  timer = setTimeout(() => label(mine, text), wait ?? Math.min(1000, 150 + text.length / 100));
}

async function label(mine, text) {
  running = new AbortController();
  at('output').setAttribute('aria-busy', 'true');
  const begun = performance.now();
  try {
    const answer = await (await ask('/v1/label', {
      method: 'POST', signal: running.signal, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...request(), offsetUnit: 'utf16' }),
    })).json();
    if (mine !== sequence)
      return;
    Object.assign(state, { answer, text, took: (performance.now() - begun) / 1000 });
    render();
  } catch (failure) {
    if (mine !== sequence || failure.name === 'AbortError')
      return;
    state.answer = null;
    render();
    at('answer').textContent = failure instanceof Refused ? failure.message : 'The service can’t be reached.';
  } finally {
    if (mine === sequence)
      at('output').removeAttribute('aria-busy');
  }
}

function render() {
  const { answer, text, shape } = state;
  const output = at('output');
  marks?.hide();
  output.className = `output ${shape}`;
  at('shapes').querySelector('[data-shape=tokens]').hidden = !tokensCanBeAsked() && !answer?.tokens;
  if (!answer) {
    at('legend').replaceChildren();
    output.replaceChildren(make('p', { class: 'empty' }, text || at('text').value ? '' : 'The labelled text appears here.'));
    return;
  }

  legend();
  const shown = answer.entities.filter(entity => !state.hidden.has(entity.label));
  if (shape === 'json')
    output.replaceChildren(make('pre', { tabindex: 0, dir: 'ltr', 'aria-label': 'JSON' }, JSON.stringify(answer, null, 2).slice(0, 200_000)));
  else if (shape === 'list')
    list(output, text, shown);
  else if (shape === 'tokens' && answer.tokens)
    tokens(output, text, answer.tokens);
  else
    marked(output, text, shown);
  const models = new Set(answer.entities.map(entity => entity.model).filter(Boolean));
  at('answer').textContent = `${counted(answer.entities.length, 'entity', 'entities')} in ${time(state.took)}${answer.windows > 1 ? `, ${count(answer.windows)} windows` : ''}${models.size > 1 ? `, ${models.size} models` : ''}${answer.truncated ? ', the text was cut' : ''}`;
}

function legend() {
  const counts = new Map();
  for (const { label } of state.answer.entities)
    counts.set(label, (counts.get(label) ?? 0) + 1);
  at('legend').replaceChildren(...[...counts].sort((a, b) => b[1] - a[1]).map(([label, number]) => make('button', {
    type: 'button', class: `tag ${colourOf(label)}`, 'aria-pressed': String(!state.hidden.has(label)),
    onclick: () => {
      if (!state.hidden.delete(label))
        state.hidden.add(label);
      render();
      [...at('legend').children].find(button => button.firstChild.textContent === label)?.focus();
    },
  }, make('span', { class: 'label' }, label), ` ${count(number)}`)));
}

function marked(output, text, entities) {
  const crossing = fill(output, text, entities);
  if (crossing.length > 0) {
    output.append(make('p', { class: 'crossing', dir: 'ltr' }, 'Also, across the borders of others: ', ...crossing.slice(0, 50).flatMap((entity, i) => [
      i > 0 ? ', ' : '', make('bdi', {}, text.slice(entity.start, entity.end)), ` (${describe(entity)})`,
    ])));
  }
}

function list(output, text, entities) {
  const rows = entities.slice(0, maxRows).map(entity => [
    make('bdi', {}, text.slice(entity.start, entity.end)), make('span', { class: `tag ${colourOf(entity.label)}` }, make('span', { class: 'label' }, entity.label)),
    percent(entity.score), `${entity.start}–${entity.end}`, ...(entities.some(one => one.model) ? [entity.model ?? ''] : []),
  ]);
  output.replaceChildren(make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Entities', dir: 'ltr' }, table(
    ['Text', 'Label', { name: 'Score', number: true }, { name: 'Characters', number: true }, ...(entities.some(one => one.model) ? ['Model'] : [])], rows, 'No entities.')));
  if (entities.length > maxRows)
    output.append(make('p', { class: 'muted' }, `The first ${count(maxRows)} of ${count(entities.length)}; the JSON has all.`));
}

function tokens(output, text, all) {
  const content = document.createDocumentFragment();
  let from = 0;
  for (const token of all.slice(0, maxTokens)) {
    if (token.start > from)
      content.append(text.slice(from, token.start));
    content.append(make('span', { class: `token ${token.label === 'O' ? 'none' : colourOf(token.label)}`, title: `${token.label} ${percent(token.score)}` },
      make('span', { class: 'word' }, text.slice(token.start, token.end)), make('span', { class: 'label', dir: 'ltr' }, token.label)));
    from = token.end;
  }
  output.replaceChildren(content);
  if (all.length > maxTokens)
    output.append(make('p', { class: 'muted' }, `The first ${count(maxTokens)} of ${count(all.length)} tokens; the JSON has all.`));
}

/** One word for a POSIX shell, whatever stands in it. */
export const quote = word => `'${word.replaceAll("'", `'\\''`)}'`;

function curl() {
  // The key itself stays out of clipboards and histories.
  const login = key() ? ' \\\n  -H "X-Api-Key: $STREAMNER_API_KEY"' : '';
  return `curl -sS ${quote(`${location.origin}/v1/label`)} \\\n  -H 'Content-Type: application/json'${login} \\\n  --data-binary ${quote(JSON.stringify(request()))}`;
}

function link() {
  const fragment = `#text=${encodeURIComponent(at('text').value)}${at('model').value ? `&model=${encodeURIComponent(at('model').value)}` : ''}`;
  if (fragment.length > maxLinkLength)
    return say(`The text is too long for a link: ${count(fragment.length)} characters, at most ${count(maxLinkLength)}.`);
  history.replaceState(null, '', fragment);
  copy(location.origin + location.pathname + fragment, 'Link');
}

