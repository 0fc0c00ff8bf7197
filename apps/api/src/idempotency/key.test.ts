import type { AppError } from '@packshot/contracts';
import { parseIdempotencyKey } from './key';

describe('an Idempotency-Key', () => {
  test.each([
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['"with \\"quotes\\" and \\\\"', 'with "quotes" and \\'],
    ['"a b"', 'a b'],
    ['  spaced-out ', 'spaced-out'],
    ['order:17/2,3', 'order:17/2,3'],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('%s is a key', (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  test('may be absent', () => {
    expect(parseIdempotencyKey(undefined)).toBeNull();
  });

  test.each([
    ['nothing', ''],
    ['an empty string', '""'],
    ['more than 255 characters', 'x'.repeat(256)],
    ['two headers in one', 'a, b'],
    ['a quote without its end', '"a'],
    ['an escape that is none', '"a\\n"'],
    ['something behind the string', '"a";b=1'],
    ['letters beyond ASCII', 'schlüssel'],
    ['a control character', '"a\u0007"'],
  ])('is refused when it is %s', (_what, header) => {
    expect(() => parseIdempotencyKey(header)).toThrow(expect.objectContaining({ code: 'invalid_request' } as AppError));
  });
});
