/**
 * Receives the webhooks of Packshot, and fetches what they tell of:
 *
 *     PACKSHOT_WEBHOOK_SECRET=whsec_… node receiver.mjs
 *
 * Give jobs the address of it as `webhook_url`: http://<this host>:3000/hooks/packshot
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Packshot } from '@packshot/sdk';
import express from 'express';

const { PACKSHOT_URL = 'http://127.0.0.1:8080', PACKSHOT_API_KEY, PACKSHOT_WEBHOOK_SECRET } = process.env;
const { PORT = '3000', HOST = '127.0.0.1', RESULTS = 'results' } = process.env;
if (!PACKSHOT_WEBHOOK_SECRET) throw new Error('PACKSHOT_WEBHOOK_SECRET is not set');

const packshot = new Packshot({ baseUrl: PACKSHOT_URL, apiKey: PACKSHOT_API_KEY });
/** In earnest this is a table: it must outlive the process. */
const seen = new Set();

const app = express();
// The bytes as they came: the signature is over these, not over what a parser makes of them.
app.post('/hooks/packshot', express.raw({ type: '*/*', limit: '1mb' }), async (request, response) => {
  const { body, headers } = request;
  const payload = await packshot.webhooks.verify({ body, headers, secret: PACKSHOT_WEBHOOK_SECRET }).catch(() => null);
  if (payload === null) return void response.sendStatus(401);
  // Answered before the work is done: a call that takes long is taken for a failure, and comes again.
  response.sendStatus(204);
  const id = request.get('webhook-id');
  if (seen.has(id)) return;
  seen.add(id);
  if (payload.type === 'job.succeeded' || payload.type === 'job.partially_succeeded') {
    fetchResults(payload.data.id).catch((error) => console.error(`${payload.data.id}: ${error.message}`));
  }
});

async function fetchResults(jobId) {
  await mkdir(join(RESULTS, jobId), { recursive: true });
  for await (const item of packshot.jobs.items(jobId, { status: 'succeeded' })) {
    const answer = await packshot.jobs.result(jobId, item.id);
    const ending = answer.headers.get('content-type')?.split('/')[1] ?? 'bin';
    const path = join(RESULTS, jobId, `${item.index}.${ending}`);
    await writeFile(path, Buffer.from(await answer.arrayBuffer()));
    console.log(`saved ${path}`);
  }
}

const server = app.listen(Number(PORT), HOST, () =>
  console.log(`listening on http://${HOST}:${server.address().port}`),
);
