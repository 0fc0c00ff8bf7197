import { ERRORS } from '@packshot/contracts';
import { ROUTES } from '.';

describe('the list of endpoints', () => {
  test('has every method and path once', () => {
    const names = ROUTES.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(ROUTES)('$method $path says what it answers', ({ statuses, summary, open }) => {
    expect([...statuses].sort((a, b) => a - b)).toEqual(statuses);
    expect(statuses.includes(401)).toBe(!open);
    expect(summary).not.toBe('');
    const known = new Set<number>([200, 202, 304, ...Object.values(ERRORS).map(({ status }) => status)]);
    for (const status of statuses) expect(known).toContain(status);
  });
});
