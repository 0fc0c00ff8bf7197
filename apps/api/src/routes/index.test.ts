import { COMMON_ERRORS } from '../http/route';
import { ROUTES } from '.';

describe('the list of endpoints', () => {
  const unique = (values: readonly string[]) => expect(new Set(values).size).toBe(values.length);

  test('has every method and path, and every operation id, once', () => {
    unique(ROUTES.map(({ method, path }) => `${method} ${path}`));
    unique(ROUTES.map(({ operationId }) => operationId));
  });

  test.each(ROUTES)('$method $path says what it answers, and nothing twice', ({ answers, errors, scope, summary }) => {
    expect(summary).not.toBe('');
    expect(Object.keys(answers).length).toBeGreaterThan(0);
    unique(errors);
    if (scope !== null) expect(errors.filter((code) => COMMON_ERRORS.includes(code))).toEqual([]);
  });
});
