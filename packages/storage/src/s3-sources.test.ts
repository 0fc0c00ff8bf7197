import { storageConfig } from './config';
import { assertAllowedSource, isOwnObject } from './s3-sources';

const rules = (settings: Record<string, string>) => storageConfig.parse(settings);

function isAllowed(sources: string, bucket: string, key: string, settings: Record<string, string> = {}): boolean {
  try {
    assertAllowedSource(rules({ S3_SOURCES: sources, ...settings }), { bucket, key });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'source_not_allowed' });
    return false;
  }
}

describe('the list of allowed sources', () => {
  test.each([
    ['photos', 'photos', 'a.jpg'],
    ['photos', 'photos', 'deep/er/a.jpg'],
    ['photos', 'photos', '/leading'],
    ['photos', 'photos', 'a b+c%2F..%2f.jpg'],
    ['photos', 'photos', '..jpg'],
    ['photos/in/', 'photos', 'in/a.jpg'],
    ['photos/in/', 'photos', 'in//a.jpg'],
    ['one, photos/in/ ,two', 'photos', 'in/ä.jpg'],
    ['Photos_old', 'Photos_old', 'a.jpg'],
  ])('%s allows %s/%s', (sources, bucket, key) => {
    expect(isAllowed(sources, bucket, key)).toBe(true);
  });

  test.each([
    ['', 'photos', 'a.jpg'],
    ['photos', 'photos-private', 'a.jpg'],
    ['photos', 'photo', 's/a.jpg'],
    ['photos', 'Photos', 'a.jpg'],
    ['photos', 'photos', ''],
    ['photos/in/', 'photos', 'a.jpg'],
    ['photos/in/', 'photos', 'in'],
    ['photos/in/', 'photos', 'in-private/a.jpg'],
    ['photos/in/', 'photos', 'IN/a.jpg'],
    ['photos/in/', 'photos', '/in/a.jpg'],
    ['photos/in/', 'photos/in', 'a.jpg'],
    ['photos/in/', 'photos', 'in/../secret.jpg'],
    ['photos/in/', 'photos', 'in/./a.jpg'],
    ['photos', 'photos', '..'],
    ['photos', 'other/../photos', 'a.jpg'],
    ['photos', '', 'photos/a.jpg'],
  ])('%j does not allow %s/%s', (sources, bucket, key) => {
    expect(isAllowed(sources, bucket, key)).toBe(false);
  });

  test('never leads to what Packshot keeps in a bucket itself', () => {
    const own = { S3_BUCKET: 'shop', S3_PREFIX: 'packshot' };
    expect(isAllowed('shop', 'shop', 'packshot/jobs/job_1/item_1/original', own)).toBe(false);
    expect(isAllowed('shop', 'shop', 'packshot/uploads/upl_1/original', own)).toBe(false);
    expect(isAllowed('shop', 'shop', 'jobs/a.jpg', own)).toBe(true);
    expect(isAllowed('shop', 'shop', 'jobs/a.jpg', { S3_BUCKET: 'shop' })).toBe(false);
    expect(isOwnObject(rules({ S3_BUCKET: 'shop' }), { bucket: 'another', key: 'jobs/a.jpg' })).toBe(false);
  });

  test('is refused as a setting when a prefix does not end at a slash', () => {
    for (const sources of ['photos/in', '/photos', 'photos,b/c', '-photos']) {
      expect(() => rules({ S3_SOURCES: sources })).toThrow(/S3_SOURCES/);
    }
    expect(storageConfig.parse({ S3_SOURCES: ['photos', 'shop/in/'] }).S3_SOURCES).toEqual(['photos/', 'shop/in/']);
  });
});
