// Makes elements. Text goes in as text only: nothing here or elsewhere in the page reads a string as markup.

/** Finds an element by its id. */
export const at = id => document.getElementById(id);

/** Makes an element with properties, and puts children (elements or text) into it. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false)
      continue;
    if (key === 'class')
      element.className = value;
    else if (key.startsWith('on'))
      element.addEventListener(key.slice(2), value);
    else
      element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

const svg = 'http://www.w3.org/2000/svg';

/** Makes an element of a drawing. */
export function draw(name, attributes = {}, ...children) {
  const element = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** Makes a table; a row is an array of text, numbers or elements. */
export function table(heads, rows, none) {
  if (rows.length === 0)
    return make('p', { class: 'muted' }, none);
  return make('table', {},
    make('thead', {}, make('tr', {}, ...heads.map(head => make('th', { scope: 'col', class: head.number ? 'number' : undefined }, head.name ?? head)))),
    make('tbody', {}, ...rows.map(row => make('tr', {}, ...row.map((cell, i) => make('td', { class: heads[i].number ? 'number' : undefined }, cell instanceof Node ? cell : String(cell)))))));
}

const plain = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** A count. */
export const count = value => plain.format(value);

/** A count with its word: 1 entity, 2 entities. */
export const counted = (value, one, many) => `${count(value)} ${value === 1 ? one : many}`;

/** A measured number: short, with a digit behind the point where that matters. */
export const measure = value => Math.abs(value) >= 10_000 ? short.format(value) : Math.abs(value) >= 100 ? plain.format(value) : fine.format(value);

/** A share of 1 in per cent. */
export const percent = value => `${fine.format(value * 100)} %`;

/** Bytes, in the unit that suits them. */
export const bytes = value => value >= 1e9 ? `${fine.format(value / 1e9)} GB` : value >= 1e6 ? `${fine.format(value / 1e6)} MB` : value >= 1e3 ? `${fine.format(value / 1e3)} kB` : `${plain.format(value)} B`;

/** A time in seconds, in the unit that suits it. */
export const time = seconds => seconds >= 1 ? `${fine.format(seconds)} s` : seconds >= 0.01 ? `${plain.format(seconds * 1000)} ms` : `${fine.format(seconds * 1000)} ms`;

let toastTimer = 0;

/** Says something for a moment. */
export function say(text) {
  const toast = at('toast');
  toast.textContent = text;
  toast.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.classList.remove('shown'), 2500);
}

/** Puts text on the clipboard. Away from this machine and without encryption browsers know only the old way. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = make('textarea', { class: 'visually-hidden', 'aria-hidden': 'true' });
    field.value = text;
    const focused = document.activeElement;
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    focused?.focus();
    if (!done)
      return say('The browser does not let this page copy.');
  }
  say(`${what} copied`);
}
