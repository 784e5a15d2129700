// The view "Live": documents as their events are published.

import { Refused, listen } from './api.js';
import { at, count, counted, make, measure, percent, time } from './dom.js';
import { colourOf } from './labels.js';
import { fill, tips } from './marks.js';

const maxKept = 100;
const maxCards = 60;
const renderEvery = 300;
const windowMinutes = 5;
const bucketSeconds = 10;
const rateSeconds = 10;
const quietSeconds = 3;
const maxKeys = 400;

const state = { kept: [], fresh: [], seen: 0, paused: false, hello: null, tally: { published: 0, shown: 0, dropped: 0 }, buckets: [], topics: new Set(), labels: new Set(), rate: [] };
let [connection, retry, drawing] = [null, 0, 0];

/** Sets the view up. */
export function start() {
  for (const id of ['live-search', 'live-label', 'live-topic'])
    at(id).addEventListener('input', () => redraw());
  at('live-pause').addEventListener('click', () => pause(!state.paused));
  at('live-clear').addEventListener('click', () => {
    [state.kept, state.fresh, state.buckets] = [[], [], []];
    redraw();
  });
  tips(at('feed'));
}

/** Connects: only who looks at this view is a viewer. */
export function show() {
  connection = new AbortController();
  connect(connection.signal);
  drawing = setInterval(draw, renderEvery);
}

/** Leaves. */
export function hide() {
  connection?.abort();
  connection = null;
  clearInterval(drawing);
}

async function connect(signal) {
  const told = at('live-state');
  while (!signal.aborted) {
    try {
      told.textContent = 'Connecting…';
      await listen('/v1/events', signal, hear);
      told.textContent = 'The service closed the connection.';
    } catch (failure) {
      if (signal.aborted)
        return;
      told.textContent = failure instanceof Refused ? failure.message : 'The connection is lost.';
      if (failure instanceof Refused && (failure.status === 401 || failure.status === 403))
        return;
    } finally {
      state.rate = [];
    }
    retry = Math.min(30_000, Math.max(1000, retry * 2));
    told.textContent += ` Trying again in ${Math.round(retry / 1000)} s.`;
    await new Promise(resolve => setTimeout(resolve, retry));
  }
}

function hear(name, data) {
  if (name === 'open') {
    [retry, state.seen, state.tally, state.rate] = [0, 0, { published: 0, shown: 0, dropped: 0 }, []];
  } else if (name === 'hello') {
    state.hello = data;
    at('live-state').textContent = data.showText ? 'Connected.' : 'Connected. Texts are not shown: Web:ShowText is off, so you see where entities stand and what they are.';
  } else if (name === 'count') {
    state.tally = data;
    note(data.published);
  } else if (name === 'document') {
    take(data);
  }
}

function take(data) {
  tally(data);
  state.seen++;
  state.fresh.unshift(data);

  // A tab in the background draws seldom; it must not collect for that.
  state.fresh.length = Math.min(state.fresh.length, maxKept);
}

const momentNow = () => Math.floor(Date.now() / 1000 / bucketSeconds);

function tally(data) {
  const moment = momentNow();
  if (state.buckets.at(-1)?.moment !== moment) {
    state.buckets.push({ moment, labels: new Map(), words: new Map() });
    forget();
  }
  const { labels, words } = state.buckets.at(-1);
  for (const entity of data.entities ?? []) {
    add(labels, entity.label);
    if (data.text !== undefined)
      add(words, `${entity.label}\u0000${data.text.slice(entity.start, entity.end).slice(0, 80)}`);
  }
}

function note(published) {
  forget();

  // Counts that come at once were held up on their way; the last of them is the one that holds now.
  const at = performance.now();
  state.rate = [...state.rate.filter(one => one.at < at - 500), { at, published }];
}

function forget() {
  const [moment, now] = [momentNow(), performance.now()];
  state.buckets = state.buckets.filter(bucket => bucket.moment > moment - windowMinutes * 60 / bucketSeconds);
  state.rate = state.rate.filter(one => one.at > now - rateSeconds * 1000);
}

function add(map, name) {
  if (map.size < maxKeys || map.has(name))
    map.set(name, (map.get(name) ?? 0) + 1);
}

function pause(paused) {
  state.paused = paused;
  at('live-pause').setAttribute('aria-pressed', String(paused));
  at('live-pause').textContent = paused ? 'Go on' : 'Pause';
  draw();
}

function wanted(data) {
  const [label, topic, search] = [at('live-label').value, at('live-topic').value, at('live-search').value.trim().toLowerCase()];
  return (!label || (data.entities ?? []).some(entity => entity.label === label))
    && (!topic || data.source.topic === topic)
    && (!search || [data.text ?? '', data.document, data.deadLetter?.code ?? '', ...(data.entities ?? []).map(entity => entity.label)].some(text => text.toLowerCase().includes(search)));
}

function draw() {
  counts();
  if (state.paused || state.fresh.length === 0)
    return;
  const fresh = state.fresh.splice(0);
  state.kept = [...fresh, ...state.kept].slice(0, maxKept);
  options();
  const feed = at('feed');
  const cards = fresh.filter(wanted).slice(0, maxCards).map(card);

  // Who reads further down, or has the focus in a card, keeps it where it is.
  feed.prepend(...cards);
  while (feed.childElementCount > maxCards)
    feed.lastElementChild.remove();
  at('feed-empty').hidden = feed.childElementCount > 0;
}

function redraw() {
  options();
  at('feed').replaceChildren(...state.kept.filter(wanted).slice(0, maxCards).map(card));
  const empty = at('feed-empty');
  empty.hidden = at('feed').childElementCount > 0;
  empty.textContent = state.kept.length > 0 ? 'Nothing of what was published matches the filters.' : 'Nothing has been published since you came. Documents appear here as soon as the broker has their events.';
  counts();
}

function options() {
  extend('live-topic', state.topics, state.kept.map(data => data.source.topic));
  extend('live-label', state.labels, state.kept.flatMap(data => (data.entities ?? []).map(entity => entity.label)));
}

function extend(id, known, names) {
  for (const name of names) {
    if (known.has(name) || known.size >= 200)
      continue;
    known.add(name);
    at(id).append(make('option', { value: name }, name));
  }
}

function card(data) {
  const head = make('div', { class: 'event-head' },
    make('bdi', { class: 'id' }, data.document),
    make('span', { class: 'muted num' }, `${data.source.topic}/${data.source.partition}/${data.source.offset}`),
    make('span', { class: 'spring' }),
    make('span', { class: 'muted num' }, time(data.latencySeconds)),
    make('time', { class: 'muted num', datetime: data.time }, new Date(data.time).toLocaleTimeString('en-GB')));
  if (data.document === `${data.source.topic}/${data.source.partition}/${data.source.offset}`)
    head.children[1].remove();
  return make('li', { class: data.deadLetter ? 'event dead' : 'event' }, head, body(data));
}

function body(data) {
  if (data.deadLetter)
    return make('p', {}, make('strong', {}, 'Dead letter'), ` ${data.deadLetter.code}, while it was in the step ${data.deadLetter.stage}`);
  if (data.text === undefined) {
    return make('p', { class: 'spans' }, `${counted(data.textLength, 'character', 'characters')}. `, ...(data.entities.length === 0 ? ['No entities.'] : data.entities.flatMap(entity => [
      make('span', { class: `tag ${colourOf(entity.label)}` }, make('span', { class: 'label' }, entity.label), ` ${entity.start}–${entity.end}, ${percent(entity.score)}`), ' '])));
  }
  const text = make('p', { class: 'text', dir: 'auto' });
  fill(text, data.text, data.entities);
  if (data.textLength > data.text.length)
    text.append(make('span', { class: 'muted', dir: 'ltr' }, ` … ${count(data.textLength - data.text.length)} more characters`));
  return text;
}

function counts() {
  forget();

  // A count is told only when it has changed: where none came, the last one still holds.
  const newest = state.rate.at(-1);
  if (newest && newest.at < performance.now() - quietSeconds * 1000)
    note(newest.published);

  // The first documents come before the first count of them.
  const { tally: { dropped }, rate } = state;
  const shown = Math.max(state.tally.shown, state.seen);
  const published = Math.max(state.tally.published, shown);
  const [first, last] = [rate[0], rate.at(-1)];
  const perSecond = rate.length > 1 ? (last.published - first.published) / ((last.at - first.at) / 1000) : null;
  at('live-count').textContent = [
    `${counted(published, 'document', 'documents')} published since you came`,
    perSecond === null ? null : `${measure(perSecond)} a second`,
    published > shown ? `${count(shown)} of them shown, a sample of at most ${state.hello?.maxEventsPerSecond} a second` : null,
    dropped > 0 ? `${count(dropped)} dropped because this viewer was slow` : null,
    state.paused ? `paused, ${count(state.fresh.length)} waiting` : null,
  ].filter(Boolean).join(' · ');

  const [labels, words] = [new Map(), new Map()];
  for (const bucket of state.buckets) {
    for (const [name, number] of bucket.labels)
      labels.set(name, (labels.get(name) ?? 0) + number);
    for (const [name, number] of bucket.words)
      words.set(name, (words.get(name) ?? 0) + number);
  }
  bars(at('live-labels'), labels, 12, name => [make('span', { class: `tag ${colourOf(name)}` }, make('span', { class: 'label' }, name))], 'No entities yet.');
  bars(at('live-entities'), words, 15, name => {
    const [label, word] = name.split('\u0000');
    return [make('bdi', { class: 'word' }, word), ' ', make('span', { class: `tag ${colourOf(label)}` }, make('span', { class: 'label' }, label))];
  }, state.hello && !state.hello.showText ? 'Words are not shown: Web:ShowText is off.' : 'No entities yet.');
}

function bars(element, numbers, most, name, none) {
  const top = [...numbers].sort((a, b) => b[1] - a[1]).slice(0, most);
  const signature = JSON.stringify(top.length === 0 ? none : top);
  if (element.dataset.signature === signature && element.childElementCount > 0)
    return;
  element.dataset.signature = signature;
  if (top.length === 0)
    return element.replaceChildren(make('li', { class: 'muted' }, none));
  element.replaceChildren(...top.map(([key, number]) => {
    const fill = make('span', { class: 'fill', 'aria-hidden': 'true' });
    fill.style.width = `${100 * number / top[0][1]}%`;
    return make('li', {}, make('span', { class: 'name' }, ...name(key)), make('span', { class: 'num' }, count(number)), fill);
  }));
}
