// Starts the page: which view is shown, what the service is, colours.

import { askJson, key } from './api.js';
import { at } from './dom.js';
import * as health from './health.js';
import * as live from './live.js';
import * as tryIt from './try.js';

const views = { try: tryIt, live, health };
let shown = null;

function route() {
  const fragment = location.hash.slice(1);
  if (fragment === 'main' && shown !== null)
    return at('main').focus();
  const parameters = new URLSearchParams(fragment.startsWith('text=') ? fragment.replaceAll('+', '%2B') : '');
  const name = Object.hasOwn(views, fragment) ? fragment : 'try';
  show(name);
  const [text, model] = [parameters.get('text'), parameters.get('model')];
  if (model !== null)
    tryIt.use(model);
  if (text !== null && text !== tryIt.current())
    tryIt.put(text);
}

function show(name) {
  if (shown === name)
    return;
  views[shown]?.hide?.();
  const moved = shown !== null;
  shown = name;
  for (const one of Object.keys(views))
    at(`view-${one}`).hidden = one !== name;
  for (const anchor of document.querySelectorAll('nav a')) {
    if (anchor.dataset.view === name)
      anchor.setAttribute('aria-current', 'page');
    else
      anchor.removeAttribute('aria-current');
  }
  document.title = `${document.querySelector(`nav a[data-view=${name}]`).textContent} · StreamNer`;
  views[name].show?.();
  if (moved)
    scrollTo(0, 0);
}

const themes = ['auto', 'light', 'dark'];

function theme(chosen) {
  if (chosen === 'auto')
    delete document.documentElement.dataset.theme;
  else
    document.documentElement.dataset.theme = chosen;
  at('theme').textContent = { auto: 'Auto', light: 'Light', dark: 'Dark' }[chosen];
  at('theme').setAttribute('aria-label', `Colours: ${{ auto: 'Auto', light: 'Light', dark: 'Dark' }[chosen]}`);
}

at('theme').addEventListener('click', () => {
  const next = themes[(themes.indexOf(document.documentElement.dataset.theme ?? 'auto') + 1) % themes.length];
  try {
    localStorage.setItem('streamner-theme', next);
  } catch {
    // It holds for this page then.
  }
  theme(next);
});

async function lookAtHealth() {
  const [mark, text] = [at('ready'), at('ready-text')];
  try {
    const answer = await fetch('/health/ready', { cache: 'no-store' });
    const { status, reasons } = await answer.json();
    mark.dataset.state = answer.ok ? 'good' : 'busy';
    text.textContent = answer.ok ? 'ready' : 'not ready';
    mark.title = (reasons ?? []).join('\n') || status;
  } catch {
    mark.dataset.state = 'bad';
    text.textContent = 'unreachable';
    mark.title = 'The service does not answer.';
  }
}

async function inform() {
  const info = await askJson('/info');
  tryIt.informed(info);

  // A link can't send the key.
  for (const anchor of document.querySelectorAll('a[data-raw]'))
    anchor.hidden = key() !== null;
  at('version').textContent = `StreamNer ${info.version.split('+')[0]}`;
}

theme(document.documentElement.dataset.theme ?? 'auto');
for (const view of Object.values(views))
  view.start();
addEventListener('hashchange', route);
route();
inform().catch(() => {});
lookAtHealth();
setInterval(lookAtHealth, 10_000);
