import { Fingerprint } from './fingerprint';

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

async function read(source: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of source) text += chunk;
  return text;
}

type Part = [name: string, value: string] | [name: string, fileName: string, bytes: string[]];

/** The fingerprint of a form with these parts. */
async function of(...parts: Part[]) {
  const fingerprint = new Fingerprint('');
  for (const [name, value, bytes] of parts) {
    if (bytes === undefined) fingerprint.field(name, value);
    else await read(fingerprint.file(name, value, chunks(...bytes)));
  }
  return fingerprint.digest();
}

describe('a fingerprint', () => {
  test('does not depend on how the bytes arrive', async () => {
    expect(await of(['f', 'a.png', ['ab', 'c']])).toBe(await of(['f', 'a.png', ['a', 'bc']]));
  });

  const others: [what: string, parts: Part[]][] = [
    ['another byte', [['f', 'a.png', ['abd']]]],
    ['another file name', [['f', 'b.png', ['abc']]]],
    ['another field name', [['g', 'a.png', ['abc']]]],
    [
      'a field more',
      [
        ['f', 'a.png', ['abc']],
        ['strict', 'true'],
      ],
    ],
    ['a field of the same text instead', [['f', 'abc']]],
    [
      'an empty file more',
      [
        ['f', 'a.png', ['abc']],
        ['f', 'a.png', []],
      ],
    ],
  ];
  test.each(others)('differs for %s', async (_what, parts) => {
    expect(await of(...parts)).not.toBe(await of(['f', 'a.png', ['abc']]));
  });

  test('keeps the order in which files began, whichever is read first', async () => {
    const digest = async (first: number) => {
      const fingerprint = new Fingerprint('');
      const files = ['abc', 'def'].map((text) => fingerprint.file('f', null, chunks(text)));
      for (const index of [first, 1 - first]) await read(files[index] ?? chunks());
      return fingerprint.digest();
    };
    expect(await digest(0)).toBe(await digest(1));
  });

  test('passes every byte on', async () => {
    expect(await read(new Fingerprint('').file('f', null, chunks('a', '', 'bc')))).toBe('abc');
  });

  test('differs for another target', () => {
    expect(new Fingerprint('a').digest()).not.toBe(new Fingerprint('b').digest());
  });
});
