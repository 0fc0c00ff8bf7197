import { newId } from '@packshot/contracts';
import { attemptPrefix, itemPrefix, jobPrefix, maskKey, originalKey, provenanceKey, resultKey } from './keys';
import { assertObjectKey } from './object-key';

const job = newId('job');
const item = newId('item');

describe('the keys of an item', () => {
  test('lie where the layout says', () => {
    expect(originalKey(job, item)).toBe(`jobs/${job}/${item}/original`);
    expect(resultKey(job, item, 2, 'webp')).toBe(`jobs/${job}/${item}/2/result.webp`);
    expect(maskKey(job, item, '2-a')).toBe(`jobs/${job}/${item}/2-a/mask.png`);
    expect(provenanceKey(job, item, 2)).toBe(`jobs/${job}/${item}/2/result.json`);
  });

  test('are valid keys inside the prefixes of the item and its job', () => {
    for (const key of [originalKey(job, item), resultKey(job, item, 1, 'png'), maskKey(job, item, 1)]) {
      expect(() => assertObjectKey(key)).not.toThrow();
      expect(key.startsWith(itemPrefix(job, item))).toBe(true);
      expect(key.startsWith(jobPrefix(job))).toBe(true);
    }
  });

  test('are not made of unchecked parts', () => {
    const refused = expect.objectContaining({ code: 'invalid_request' });
    expect(() => jobPrefix('../etc')).toThrow(refused);
    expect(() => jobPrefix(item)).toThrow(refused);
    expect(() => itemPrefix(job, `${item}/..`)).toThrow(refused);
    expect(() => attemptPrefix(job, item, '../2')).toThrow(refused);
    expect(() => resultKey(job, item, 1, 'png/x')).toThrow(refused);
  });
});
