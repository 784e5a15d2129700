// Talks to the service: the key, problems, server-sent events.

import { at } from './dom.js';

const storageName = 'streamner-api-key';
let asking = null;

/** The key of this tab; null when none was asked for. */
export function key() {
  try {
    return sessionStorage.getItem(storageName);
  } catch {
    return null;
  }
}

/** What the service did not want, in its own words. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Asks the service. Asks the person for the key where the service does. */
export async function ask(path, options = {}) {
  for (;;) {
    const sent = key();
    const headers = { ...options.headers, ...(sent ? { 'X-Api-Key': sent } : {}) };
    const answer = await fetch(path, { ...options, headers, cache: 'no-store', credentials: 'omit' });
    if (answer.ok)
      return answer;
    if (answer.status !== 401)
      throw new Refused(answer.status, await detailOf(answer));
    // Another request may have brought a new key meanwhile.
    if (sent === key() && !await askForKey(sent !== null))
      throw new Refused(401, 'The service asks for its API key. Reload the page to enter it.');
    options.signal?.throwIfAborted();
  }
}

/** Asks the service for JSON. */
export const askJson = async (path, options) => (await ask(path, options)).json();

async function detailOf(answer) {
  try {
    const problem = await answer.json();
    return problem.detail ?? problem.title ?? `The service answered ${answer.status}.`;
  } catch {
    return `The service answered ${answer.status}.`;
  }
}

let declined = false;

function askForKey(wasWrong) {
  if (declined)
    return Promise.resolve(false);
  return asking ??= new Promise(resolve => {
    const [dialog, form, field] = [at('key-dialog'), at('key-form'), at('key')];
    at('key-why').textContent = wasWrong ? 'That key was not right. It is kept in this tab only and forgotten with it.' : 'It is kept in this tab only and forgotten with it.';
    field.value = '';
    const end = given => {
      form.onsubmit = dialog.oncancel = at('key-cancel').onclick = null;
      dialog.close();
      asking = null;
      declined = !given;
      resolve(given);
    };
    form.onsubmit = event => {
      event.preventDefault();
      try {
        sessionStorage.setItem(storageName, field.value.trim());
      } catch {
        return end(false);
      }
      end(true);
    };
    dialog.oncancel = () => end(false);
    at('key-cancel').onclick = () => end(false);
    dialog.showModal();
    field.focus();
  });
}

/** Reads server-sent events until the stream or the signal ends. By fetch, since an EventSource can't send the key. */
export async function listen(path, signal, hear) {
  const answer = await ask(path, { signal, headers: { Accept: 'text/event-stream' } });
  hear('open', null);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done)
      return;
    const parts = (rest + value).split('\n\n');
    rest = parts.pop();
    for (const part of parts) {
      let [name, data] = ['message', ''];
      for (const line of part.split('\n')) {
        if (line.startsWith('event: '))
          name = line.slice(7);
        else if (line.startsWith('data: '))
          data += line.slice(6);
      }
      if (data)
        hear(name, JSON.parse(data));
    }
  }
}
