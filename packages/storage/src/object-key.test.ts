import { assertKeyPrefix, assertObjectKey } from './object-key';

const refused = expect.objectContaining({ code: 'invalid_request' });

describe('an object key', () => {
  test.each(['a', 'jobs/job_1/item_1/original', 'ünï/日本/a b?&%+=#.png', 'a/b..c/d.', `${'x'.repeat(255)}/y`])(
    'may be %j',
    (key) => expect(() => assertObjectKey(key)).not.toThrow(),
  );

  test.each([
    '',
    '/a',
    'a/',
    'a//b',
    '..',
    'a/../b',
    './a',
    '.packshot/a',
    'a\\b',
    'a\0b',
    'a\nb',
    '\ud800',
    'x'.repeat(256),
    `${'x/'.repeat(450)}y`,
  ])('may not be %j', (key) => {
    expect(() => assertObjectKey(key)).toThrow(refused);
  });
});

describe('a prefix of keys', () => {
  test.each(['', 'a', 'jobs/job_1/', 'jobs/job'])('may be %j', (prefix) => {
    expect(() => assertKeyPrefix(prefix)).not.toThrow();
  });

  test.each(['/', 'a//', '../', 'a/..', '.hidden', 'a\0'])('may not be %j', (prefix) => {
    expect(() => assertKeyPrefix(prefix)).toThrow(refused);
  });
});
