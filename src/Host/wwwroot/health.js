// The view "Health": the numbers of the last 15 minutes.

import { Refused, askJson } from './api.js';
import { chart } from './charts.js';
import { at, bytes, count, make, measure, percent, table, time } from './dom.js';

const askEvery = 5000;
const maxPoints = 180;

const measures = [
  { name: 'Documents', unit: 'a second', lines: [{ key: 'documentsPerSecond' }], format: measure },
  { name: 'Latency', unit: 'read to acknowledged', lines: [{ key: 'p50', name: 'p50' }, { key: 'p95', name: 'p95' }, { key: 'p99', name: 'p99' }], format: time },
  { name: 'Lag', unit: 'documents waiting in Kafka', lines: [{ key: 'lag' }], format: measure },
  { name: 'Entities', unit: 'a second', lines: [{ key: 'entitiesPerSecond' }], format: measure },
  { name: 'Queue', unit: 'tokens waiting for a lane', lines: [{ key: 'queueTokens' }], format: measure },
  { name: 'In flight', unit: 'documents under way', lines: [{ key: 'documentsInFlight' }], format: measure },
  { name: 'Batch', unit: 'windows on average', lines: [{ key: 'batchSize' }], format: measure },
  { name: 'Padding', unit: 'of computed tokens', lines: [{ key: 'paddingRatio' }], format: percent, top: 0.1 },
  { name: 'Dead letters', unit: 'a second', lines: [{ key: 'deadLettersPerSecond' }], format: measure },
  { name: 'Round trip', unit: 'of a batch to another node', lines: [{ key: 'trip50', name: 'p50' }, { key: 'trip95', name: 'p95' }, { key: 'trip99', name: 'p99' }], format: time },
  { name: 'Between nodes', unit: 'a second', lines: [{ key: 'sent', name: 'sent' }, { key: 'received', name: 'received' }], format: bytes },
];

let [timer, own, last] = [0, [], null];

/** Sets the view up. */
export function start() {
}

/** Begins to ask. */
export function show() {
  look();
  timer = setInterval(look, askEvery);
}

/** Stops asking. */
export function hide() {
  clearInterval(timer);
}

async function look() {
  const told = at('health-state');
  try {
    const status = await ask();
    told.textContent = status.partial
      ? 'This service tells counts only (it has no /v1/status); rates are worked out while this page is open.'
      : `As of ${new Date(status.time).toLocaleTimeString('en-GB')}, a point every ${status.intervalSeconds} s, the last 15 minutes.`;
    render(status);
  } catch (failure) {
    told.textContent = failure instanceof Refused ? failure.message : 'The service can’t be reached; what you see is old.';
  }
}

async function ask() {
  try {
    return await askJson('/v1/status');
  } catch (failure) {
    if (!(failure instanceof Refused) || failure.status !== 404)
      throw failure;
    return fromInfo(await askJson('/info'));
  }
}

/** What can be said without the status: counts, and their growth since the last look. */
function fromInfo(info) {
  const now = Date.now();
  const grown = name => last ? Math.max(0, info.pipeline[name] - last.pipeline[name]) / ((now - last.at) / 1000) : null;
  const point = { time: new Date(now).toISOString(), documentsPerSecond: grown('published'), documentsInFlight: info.pipeline.inFlight, deadLettersPerSecond: grown('deadLettered') };
  last = { at: now, pipeline: info.pipeline };
  own = [...own, point].slice(-maxPoints);
  return {
    partial: true, time: point.time, intervalSeconds: askEvery / 1000, now: point, history: own, partitions: null, deadLetters: null,
    lanes: info.lanes.map(lane => ({ model: info.model.name, ...lane })), totals: { ...info.pipeline, entities: null },
  };
}

function render(status) {
  const points = status.history.map(flat);
  const now = flat(status.now);
  const known = measures.filter(one => one.lines.some(line => points.some(point => point[line.key] !== undefined)));
  at('charts').replaceChildren(...known.map(one => chart(one, points, now, maxPoints * status.intervalSeconds)));
  at('chart-table').replaceChildren(table(
    ['Time', ...known.flatMap(one => one.lines.map(line => ({ name: line.name ? `${one.name} ${line.name}` : one.name, number: true })))],
    points.slice(-60).reverse().map(point => [new Date(point.time).toLocaleTimeString('en-GB'), ...known.flatMap(one => one.lines.map(line => point[line.key] === null || point[line.key] === undefined ? '–' : one.format(point[line.key])))]),
    'No points yet.'));

  // Only a node of a cluster tells of nodes; elsewhere there is one, and no word of it.
  const nodes = status.cluster?.nodes;
  at('nodes-card').hidden = !nodes;
  at('lanes-card').classList.toggle('wide', Boolean(nodes));
  at('nodes').replaceChildren(...nodes ? [table(['Node', 'Roles', 'State', 'Lanes ready', 'Why it gives none'],
    nodes.map((node, i) => [i === 0 ? `${node.address} (this one)` : node.address, node.roles.join(', '), state(node.state), ready(status.lanes, node, i === 0),
      make('span', { class: 'why' }, node.refusals.map(refusal => refusal.reason).join('; '))]), 'No node is known.')] : []);
  at('lanes').replaceChildren(table(
    [...nodes ? ['Node'] : [], 'Model', { name: 'Lane', number: true }, 'Device', 'State', { name: 'Restarts', number: true }, { name: 'Busy', number: true }],
    status.lanes.map(lane => [...nodes ? [lane.node ?? status.cluster.address] : [], lane.model, lane.lane, lane.device, state(lane.state), count(lane.restarts), busy(lane.busyRatio)]), 'No lane has started.'));
  at('partitions').replaceChildren(status.partitions === null ? make('p', { class: 'muted' }, 'Not told by this service.') : table(
    ['Topic', { name: 'Partition', number: true }, { name: 'Lag', number: true }, { name: 'Position', number: true }, { name: 'Committed', number: true }],
    status.partitions.map(one => [one.topic, one.partition, one.lag === null ? 'unknown' : count(one.lag), whole(one.position), whole(one.committed)]), 'No partition is assigned.'));
  at('dead-letters').replaceChildren(status.deadLetters === null ? make('p', { class: 'muted' }, 'Not told by this service.') : table(
    ['Step', 'Reason', { name: 'Count', number: true }], status.deadLetters.map(one => [one.stage, one.code, count(one.count)]), 'None.'));
  at('totals').replaceChildren(table(['What', { name: 'Count', number: true }], [
    ['Consumed', 'consumed'], ['Published', 'published'], ['Entities', 'entities'], ['Dead letters', 'deadLettered'], ['Tombstones', 'tombstones'], ['Restarts', 'restarts'],
  ].filter(([, key]) => typeof status.totals?.[key] === 'number').map(([name, key]) => [name, count(status.totals[key])]), 'Nothing yet.'));
}

const whole = value => value === null || value === undefined ? '–' : count(value);

/** A point with all of its values side by side. */
function flat(point) {
  const trip = point?.pool?.roundTripSeconds;
  return {
    ...point, ...point?.latencySeconds,
    ...trip && { trip50: trip.p50, trip95: trip.p95, trip99: trip.p99, sent: point.pool.sentBytesPerSecond, received: point.pool.receivedBytesPerSecond },
  };
}

/** How many of a node's lanes compute for this one. */
function ready(lanes, node, isOwn) {
  const its = lanes.filter(lane => isOwn ? !lane.node : lane.node === node.address);
  return its.length > 0 ? `${count(its.filter(lane => isGood(lane.state)).length)} of ${count(its.length)}` : '–';
}

const isGood = name => ['ready', 'up'].includes(String(name).toLowerCase());

const state = name => make('span', { class: `state ${isGood(name) ? 'good' : 'busy'}` }, String(name).toLowerCase());

function busy(ratio) {
  if (ratio === null || ratio === undefined)
    return '–';
  const meter = make('span', { class: 'meter', 'aria-hidden': 'true' }, make('span'));
  meter.firstChild.style.width = `${Math.round(Math.min(1, ratio) * 100)}%`;
  return make('span', { class: 'busy-ratio' }, meter, percent(ratio));
}
