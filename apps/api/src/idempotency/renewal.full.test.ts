import { CLAIM_MS } from '@packshot/jobs';
import { poll } from '@packshot/testing';
import { png } from '../fixtures/images';
import { beginUpload } from '../fixtures/raw-upload';
import { apiForFile } from '../fixtures/start-api';

const api = apiForFile();

test('a claim is renewed while its upload lives', async () => {
  const { redis, keys } = api.deps.jobs.store;
  const image = png(1, 1, 1000);
  const upload = await beginUpload(api.url, { bytes: image.length, headers: { 'Idempotency-Key': 'k' } });
  const [key = ''] = await poll(async () => {
    const found = await redis.keys(`${keys.bullPrefix}:idempotency:*`);
    return found.length > 0 && found;
  });
  const shortened = CLAIM_MS / 2;
  await redis.pexpire(key, shortened);
  await poll(async () => (await redis.pttl(key)) > shortened, { timeoutMs: CLAIM_MS, what: 'the renewal' });
  upload.write(image);
  upload.finish();
  expect(await upload.answer).toMatch(/^HTTP\/1\.1 202 /);
});
