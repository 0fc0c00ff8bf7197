import { newId } from '@packshot/contracts';
import {
  attemptPrefix,
  embeddingKey,
  embeddingsOf,
  itemPrefix,
  jobPrefix,
  maskKey,
  originalKey,
  provenanceKey,
  resultKey,
  uploadKey,
  uploadPartKey,
  uploadPrefix,
} from './keys';
import { assertObjectKey } from './object-key';

const job = newId('job');
const item = newId('item');

describe('the keys of embeddings', () => {
  test('lie together by photo, and are made of nothing but checksums', () => {
    const photo = 'a'.repeat(64);
    expect(embeddingKey(photo, '12-ef.bin')).toBe(`embeddings/${photo}/12-ef.bin`);
    expect(() => assertObjectKey(embeddingKey(photo, '12-ef.bin'))).not.toThrow();
    expect(() => embeddingsOf('..')).toThrow('Not a valid photo');
    expect(() => embeddingKey(photo, '../x.bin')).toThrow('Not a valid embedding');
  });
});

describe('the keys of an upload', () => {
  const upload = newId('upl');

  test('lie together, apart from jobs', () => {
    expect(uploadKey(upload)).toBe(`uploads/${upload}/original`);
    expect(uploadPartKey(upload, 12)).toBe(`uploads/${upload}/parts/12`);
    for (const key of [uploadKey(upload), uploadPartKey(upload, 1)]) {
      expect(() => assertObjectKey(key)).not.toThrow();
      expect(key.startsWith(uploadPrefix(upload))).toBe(true);
    }
  });

  test('are not made of unchecked parts', () => {
    expect(() => uploadKey(job)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    expect(() => uploadPrefix('upl_../x')).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

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
