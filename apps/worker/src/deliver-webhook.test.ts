import { retryAfterMs } from './deliver-webhook';

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  test.each([
    ['120', 120_000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['99999999', 86_400_000],
  ])('%s means %d ms', (value, ms) => {
    expect(retryAfterMs(value, now)).toBe(ms);
  });

  test.each([undefined, 'soon', '-5x', ''])('%s means nothing', (value) => {
    expect(retryAfterMs(value, now)).toBeNull();
  });
});
