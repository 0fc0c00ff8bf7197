import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { freePort, startNode, startS3, type TestS3 } from '@packshot/testing';

const script = join(__dirname, 'make-bucket.mjs');
let s3: TestS3;

beforeAll(async () => {
  s3 = await startS3();
}, 120_000);

afterAll(() => s3?.stop());

async function makeBucket(env: Record<string, string | undefined>) {
  const child = await startNode(script, { env });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

it('makes the bucket once, and is content when it is there', async () => {
  const bucket = `packshot-${randomUUID()}`;
  const settings = s3.environment(bucket);
  const says = (output: string) => ({ code: 0, output: expect.stringContaining(output) });
  expect(await makeBucket(settings)).toMatchObject(says(`made bucket ${bucket}\n`));
  expect(await makeBucket(settings)).toMatchObject(says(`bucket ${bucket} is there\n`));
}, 60_000);

it('waits for a server that is not up yet', async () => {
  const bucket = `packshot-${randomUUID()}`;
  const port = await freePort();
  const env = { ...s3.environment(bucket), S3_ENDPOINT: `http://127.0.0.1:${port}` };
  const child = await startNode(script, { env });
  await child.waitForLine(/^waiting for .* \(ECONNREFUSED\)$/, 30_000);

  // The server comes up: until now nothing forwarded to it.
  const { hostname, port: s3Port } = new URL(s3.endpoint);
  const forwarder = createServer((socket) => {
    const upstream = connect(Number(s3Port), hostname);
    for (const end of [socket, upstream]) end.on('error', () => undefined);
    socket.pipe(upstream).pipe(socket);
  });
  forwarder.listen(port, '127.0.0.1');
  await child.waitForLine(new RegExp(`^made bucket ${bucket}$`), 30_000);
  expect(await child.exited).toEqual({ code: 0, signal: null });
  await new Promise((resolve) => forwarder.close(resolve));
}, 60_000);

it('does not go on where the server refuses', async () => {
  const settings = { ...s3.environment(`packshot-${randomUUID()}`), S3_SECRET_ACCESS_KEY: 'wrong' };
  expect(await makeBucket(settings)).toMatchObject({ code: 1, output: expect.stringContaining(s3.endpoint) });
}, 60_000);

it('names the settings it needs', async () => {
  const result = await makeBucket({ ...s3.environment('packshot'), S3_BUCKET: '' });
  expect(result).toMatchObject({ code: 1, output: expect.stringContaining('S3_BUCKET') });
}, 60_000);
