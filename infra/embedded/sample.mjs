/** Puts the sample photos through all four stages, as a client would: over HTTP. */
import { openAsBlob } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const PIPELINE = { denoise: true, shadow: true, background: true, upscale: { scale: 2 } };

async function request(url, init) {
  const response = await fetch(url, init);
  if (!response.ok)
    throw new Error(`${init?.method ?? 'GET'} ${url} answered ${response.status}: ${await response.text()}`);
  return response;
}

async function submit(base, headers, folder) {
  const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
  const form = new FormData();
  form.set('pipeline', JSON.stringify(PIPELINE));
  for (const name of names) form.append('files', await openAsBlob(join(folder, name)), name);
  return (await request(`${base}/jobs`, { method: 'POST', body: form, headers })).json();
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Returns whether every sample succeeded. */
export async function runSamples({ base, apiKey, samples, results, say }) {
  const headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
  let job = await submit(base, headers, samples);
  say(`sample job ${job.id}: ${job.counts.total} photos through denoise, shadow, background, upscale x2`);
  let shown = -1;
  while (['queued', 'processing'].includes(job.status)) {
    await wait(500);
    job = await (await request(`${base}/jobs/${job.id}`, { headers })).json();
    const percent = Math.floor(job.progress * 10) * 10;
    if (percent > shown) say(`  ${percent} %`);
    shown = Math.max(shown, percent);
  }
  const { items } = await (await request(`${base}/jobs/${job.id}/items`, { headers })).json();
  await mkdir(results, { recursive: true });
  for (const item of items) {
    if (item.status !== 'succeeded') {
      say(`  ${item.input.name}: ${item.status} ${item.error?.code ?? ''} ${item.error?.message ?? ''}`);
      continue;
    }
    const path = join(results, `${parse(item.input.name).name}.png`);
    const result = await request(`${base}/jobs/${job.id}/items/${item.id}/result`, { headers });
    await writeFile(path, Buffer.from(await result.arrayBuffer()));
    const stages = item.stages.map(
      (stage) => `${stage.name} ${stage.skipped ? 'skipped' : seconds(stage.duration_ms)}`,
    );
    say(`  ${path}  ${item.input.width}x${item.input.height} -> ${item.result.width}x${item.result.height}`);
    say(
      `    ${stages.join(', ')}; in all ${seconds(item.timings_ms.infer + item.timings_ms.decode + item.timings_ms.encode)}`,
    );
  }
  return job.status === 'succeeded';
}
