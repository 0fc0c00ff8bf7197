import { startS3, type TestS3 } from './s3';
import { createS3Bucket } from './s3-bucket';

describe('the S3 server of the tests', () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startS3();
  }, 300_000);
  afterAll(() => s3.stop());

  test('makes buckets that are new each time', async () => {
    const [one, two] = [await s3.createBucket(), await s3.createBucket()];
    expect(one).not.toBe(two);
    await expect(createS3Bucket(s3, one)).rejects.toThrow(/409/);
  });

  test('really checks signatures', async () => {
    await expect(createS3Bucket({ ...s3, secretAccessKey: 'wrong' }, 'packshot-forged')).rejects.toThrow(
      /403 [\s\S]*SignatureDoesNotMatch/,
    );
  });
});
