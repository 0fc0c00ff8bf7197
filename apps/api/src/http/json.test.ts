import { parseJson } from './json';

const nested = (depth: number, inside = '') => `${'['.repeat(depth)}${inside}${']'.repeat(depth)}`;

test('what is nested more deeply than 32 levels is refused before it is parsed', () => {
  expect(parseJson(nested(32))).toBeDefined();
  expect(() => parseJson(nested(33))).toThrow('nested too deeply');
  expect(() => parseJson('[{"a":'.repeat(1_000_000))).toThrow('nested too deeply');
});

test('brackets in strings are text, whatever is escaped before their end', () => {
  const strings = [nested(40), `\\${nested(40)}`, `"${nested(40)}\\"`, `${nested(40)}\\`, '\\\\"', ''];
  for (const text of strings) {
    expect(parseJson(nested(32, JSON.stringify(text)))).toBeDefined();
    expect(() => parseJson(nested(33, JSON.stringify(text)))).toThrow('nested too deeply');
  }
});

test('a string that does not end is no JSON', () => {
  for (const text of ['"', '["a\\"', `"${'\\'.repeat(1_000_000)}`, `["${'\\"'.repeat(1_000_000)}`]) {
    expect(() => parseJson(text)).toThrow('not valid JSON');
  }
});
