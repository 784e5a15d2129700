// Small charts: a number, and how it came about.

import { draw, make } from './dom.js';

const [width, height] = [300, 72];

/**
 * One measure as a card.
 * @param {object} measure Its name, unit, lines and format.
 * @param {object[]} points Oldest first.
 * @param {object} now The present values.
 * @param {number} span Seconds from the left border to the right one.
 */
export function chart(measure, points, now, span) {
  const values = points.flatMap(point => measure.lines.map(line => point[line.key])).filter(value => typeof value === 'number');
  const top = nice(Math.max(measure.top ?? 0, ...values));
  const end = points.length > 0 ? Date.parse(points.at(-1).time) : 0;
  const x = point => width - Math.min(span, (end - Date.parse(point.time)) / 1000) / span * width;
  const y = value => height - value / top * (height - 4) - 1;

  const picture = draw('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': summary(measure, points, now) });
  for (const part of [0, 0.5, 1])
    picture.append(draw('line', { class: 'grid', x1: 0, x2: width, y1: y(top * part), y2: y(top * part) }));
  measure.lines.forEach((line, i) => {
    for (const run of runs(points, line.key)) {
      const corners = run.map(point => `${x(point).toFixed(1)},${y(point[line.key]).toFixed(1)}`);
      if (i === 0 && measure.lines.length === 1)
        picture.append(draw('polygon', { class: 'area', points: `${x(run[0]).toFixed(1)},${height} ${corners.join(' ')} ${x(run.at(-1)).toFixed(1)},${height}` }));
      picture.append(draw('polyline', { class: `line l${i}`, points: corners.length > 1 ? corners.join(' ') : `${corners[0]} ${corners[0]}` }));
    }
  });

  return make('figure', { class: 'card chart' },
    make('figcaption', {}, make('span', { class: 'name' }, measure.name), make('span', { class: 'muted' }, measure.unit)),
    make('p', { class: 'now num' }, ...present(measure, now)),
    make('div', { class: 'plot' }, picture, make('span', { class: 'scale muted num', 'aria-hidden': 'true' }, measure.format(top))),
    make('p', { class: 'axis muted', 'aria-hidden': 'true' }, make('span', {}, `${Math.round(span / 60)} min ago`), make('span', {}, 'now')));
}

const told = (measure, value) => typeof value === 'number' ? measure.format(value) : '–';

function present(measure, now) {
  if (measure.lines.length === 1)
    return [told(measure, now[measure.lines[0].key])];
  return measure.lines.map((line, i) => make('span', { class: 'of-many' }, make('span', { class: `key l${i}`, 'aria-hidden': 'true' }), make('small', {}, line.name), ` ${told(measure, now[line.key])} `));
}

function summary(measure, points, now) {
  return `${measure.name}, ${measure.unit}: ` + measure.lines.map(line => {
    const values = points.map(point => point[line.key]).filter(value => typeof value === 'number');
    const range = values.length > 0 ? `, between ${measure.format(Math.min(...values))} and ${measure.format(Math.max(...values))}` : '';
    return `${line.name ? `${line.name} ` : ''}now ${told(measure, now[line.key])}${range}`;
  }).join('; ');
}

/** The parts of a line without gaps: where there is no value, there is no line. */
function runs(points, key) {
  const parts = [[]];
  for (const point of points) {
    if (typeof point[key] === 'number')
      parts.at(-1).push(point);
    else if (parts.at(-1).length > 0)
      parts.push([]);
  }
  return parts.filter(part => part.length > 0);
}

/** The next number above that is easy to read. */
function nice(value) {
  if (!(value > 0))
    return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map(step => step * power).find(step => step >= value * 1.0001) ?? 10 * power;
}
