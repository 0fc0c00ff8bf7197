import { storageConfig, storageKind } from './config';

const kind = (settings: Record<string, string>) => storageKind(storageConfig.parse(settings));

describe('the storage settings', () => {
  test('mean a local folder when nothing is set', () => {
    expect(kind({})).toBe('filesystem');
    expect(storageConfig.parse({}).STORAGE_DIR).toBe('.packshot/objects');
  });

  test('mean S3 when a bucket is named, unless told otherwise', () => {
    expect(kind({ S3_BUCKET: 'shop' })).toBe('s3');
    expect(kind({ S3_BUCKET: 'shop', STORAGE: 'filesystem' })).toBe('filesystem');
  });

  test('name the variable that is missing', () => {
    expect(() => kind({ STORAGE: 's3' })).toThrow(/S3_BUCKET/);
    expect(() => kind({ S3_BUCKET: 'shop', S3_ACCESS_KEY_ID: 'id' })).toThrow(/S3_SECRET_ACCESS_KEY/);
  });

  test.each([
    { STORAGE: 'ftp' },
    { S3_ENDPOINT: 'minio:9000' },
    { S3_PREFIX: '/shop/' },
    { S3_FORCE_PATH_STYLE: 'perhaps' },
  ])('refuse %j', (settings) => {
    expect(storageConfig.safeParse(settings).error?.issues[0]?.path).toEqual(Object.keys(settings));
  });
});
