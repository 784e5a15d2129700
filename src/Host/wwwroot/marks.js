// Shows a text with its entities in it. Spans are UTF-16 code units, which is what a string's indices are here.

import { at, make, percent } from './dom.js';
import { colourOf } from './labels.js';

/**
 * Lays entities into layers: one may lie inside another, as a mark in a mark. What crosses a border of another is left over.
 * @returns {{tree: object[], crossing: object[]}} tree: entities with `inner`, in the text's order.
 */
export function nest(entities, length) {
  const sorted = entities
    .filter(entity => entity.start >= 0 && entity.end <= length && entity.start < entity.end)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const [tree, crossing, open] = [[], [], []];
  for (const entity of sorted) {
    while (open.length > 0 && open.at(-1).end <= entity.start)
      open.pop();
    const outer = open.at(-1);
    if (outer && entity.end > outer.end) {
      crossing.push(entity);
      continue;
    }
    const node = { ...entity, inner: [] };
    (outer ? outer.inner : tree).push(node);
    open.push(node);
  }
  return { tree, crossing };
}

/** Puts a text and its marks into an element. */
export function fill(element, text, entities) {
  const { tree, crossing } = nest(entities, text.length);
  const content = document.createDocumentFragment();
  append(content, text, tree, 0, text.length);
  element.replaceChildren(content);
  const first = element.querySelector('mark');
  if (first)
    first.tabIndex = 0;
  return crossing;
}

function append(parent, text, nodes, start, end) {
  let from = start;
  for (const node of nodes) {
    if (node.start > from)
      parent.append(text.slice(from, node.start));
    parent.append(mark(text, node));
    from = node.end;
  }
  if (end > from)
    parent.append(text.slice(from, end));
}

function mark(text, entity) {
  const element = make('mark', { class: `entity ${colourOf(entity.label)}`, tabindex: -1, 'aria-describedby': 'tip' });
  append(element, text, entity.inner, entity.start, entity.end);
  element.append(make('span', { class: 'label', dir: 'ltr' }, entity.label));
  element.entity = entity;
  return element;
}

/** The same as words, for a list or a tip. */
export function describe(entity) {
  const origin = [entity.source === 'rules' ? 'by a rule' : null, entity.model].filter(Boolean).join(', ');
  return `${entity.label}, ${percent(entity.score)}, characters ${entity.start} to ${entity.end}${origin ? `, ${origin}` : ''}`;
}

/**
 * Shows label and score of the mark that is pointed at or focused; arrow keys, Home and End go from mark to mark.
 * One tab stop for all marks: a long text has thousands.
 */
export function tips(container) {
  const tip = at('tip');
  const show = target => {
    const { entity } = target;
    const meter = make('span', { class: 'meter', 'aria-hidden': 'true' }, make('span'));
    meter.firstChild.style.width = `${Math.round(entity.score * 100)}%`;
    tip.replaceChildren(make('strong', {}, entity.label), meter, make('span', {}, describe(entity).slice(entity.label.length + 2)));
    tip.hidden = false;
    const box = target.getClientRects()[0] ?? target.getBoundingClientRect();
    const [width, height] = [tip.offsetWidth, tip.offsetHeight];
    const left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8));
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(box.top > height + 16 ? box.top - height - 8 : box.bottom + 8) + scrollY}px`;
  };
  const hide = () => { tip.hidden = true; };
  const markOf = event => event.target instanceof Element ? event.target.closest('mark') : null;

  container.addEventListener('pointerover', event => markOf(event) ? show(markOf(event)) : hide());
  container.addEventListener('pointerleave', hide);
  container.addEventListener('focusin', event => markOf(event) && show(markOf(event)));
  container.addEventListener('focusout', hide);
  container.addEventListener('scroll', hide, { passive: true });
  container.addEventListener('keydown', event => {
    if (event.key === 'Escape')
      return hide();
    const current = markOf(event);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!current || step === undefined)
      return;
    event.preventDefault();
    const marks = [...container.querySelectorAll('mark')].filter(one => one.offsetParent !== null);
    const next = marks[Math.max(0, Math.min(marks.length - 1, marks.indexOf(current) + step))];
    current.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  return { hide };
}
