// Compares speed: the reference implementation in batches, then the product, both on one thread, on the same texts, in the same run, by processor time.
// Build the tests first: dotnet build -c Release tests/StreamNer.Inference.Tests. Then: node throughput.mjs
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

process.env.TOKENIZERS_PARALLELISM = 'false';
process.env.RAYON_NUM_THREADS = '1';
const { Tokenizer } = await import('tokenizers');
const { families } = await import('./families.mjs');

const texts = JSON.parse(gunzipSync(readFileSync(new URL('corpus.json.gz', import.meta.url)))).slice(0, 1000);
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const seconds = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;

const reference = new Map();
for (const { name, json } of families.filter(({ name }) => !name.startsWith('folder-'))) {
  const tokenizer = Tokenizer.fromString(json());
  const round = async () => { for (let i = 0; i < texts.length; i += 500) await tokenizer.encodeBatch(texts.slice(i, i + 500), { addSpecialTokens: false }); };
  await round();
  const start = performance.now(), cpu = seconds();
  let rounds = 0;
  while (performance.now() - start < 2000) { await round(); rounds++; }
  reference.set(name, bytes * rounds / (seconds() - cpu) / 1e6);
}

const program = fileURLToPath(new URL('../StreamNer.Inference.Tests/bin/Release/net10.0/StreamNer.Inference.Tests', import.meta.url));
const run = spawnSync(program, ['-class', '*ThroughputTests', '-explicit', 'only', '-noColor', '-showLiveOutput'], { encoding: 'utf8' });
const own = new Map(run.stdout.split('\n').map(line => line.match(/throughput (\S+) (\S+) (\S+)/)).filter(Boolean).map(([, name, speed, allocated]) => [name, { speed: +speed, allocated }]));
if (own.size === 0) throw new Error(run.stdout + run.stderr);

console.log('| family | reference, batches of 500, MB/s | here, MB/s | ratio | bytes allocated per text |\n|---|---|---|---|---|');
for (const [name, batch] of reference) {
  const { speed, allocated } = own.get(name);
  console.log(`| ${name} | ${batch.toFixed(2)} | ${speed.toFixed(1)} | ${(speed / batch).toFixed(1)} | ${allocated} |`);
}
