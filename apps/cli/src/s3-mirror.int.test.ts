import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { createS3Store } from '@packshot/storage';
import { startS3, type TestS3 } from '@packshot/testing';
import { run } from './run';

const weights = Buffer.alloc(200_000, 7);

let s3: TestS3;
beforeAll(async () => {
  s3 = await startS3();
}, 120_000);
afterAll(() => s3.stop());

it('fetches from a prefix of a bucket with the settings of S3', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'packshot-s3-mirror-'));
  try {
    const bucket = await s3.createBucket();
    const { accessKeyId, secretAccessKey, ...server } = s3;
    const credentials = { accessKeyId, secretAccessKey };
    const store = createS3Store({ ...server, credentials, bucket, prefix: '', direct: true });
    await store.put('company/models/nafnet-sidd-w64/model.onnx', Readable.from([weights]), {
      contentType: 'application/octet-stream',
    });
    let output = '';
    const stream = { write: (text: string) => (output += text) };
    const env = {
      ...s3.environment(bucket),
      MODELS_DIR: resolve(__dirname, '../../../models'),
      MODELS_STORE: join(folder, 'store'),
      MODELS_MIRROR: `s3://${bucket}/company/models`,
      NO_PROXY: '127.0.0.1',
    };
    const { signal } = new AbortController();
    const code = await run(['models', 'pull', 'nafnet-sidd-w64'], { env, stdout: stream, stderr: stream, signal });
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('nafnet-sidd-w64 is installed') });
    expect((await readFile(join(folder, 'store/models/nafnet-sidd-w64/model.onnx'))).equals(weights)).toBe(true);
    const installed = await readFile(join(folder, 'store/models/nafnet-sidd-w64/installed.json'), 'utf8');
    expect(installed).toContain(`s3://${bucket}/company/models/nafnet-sidd-w64/model.onnx`);
    expect(installed).not.toContain('Signature');
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
