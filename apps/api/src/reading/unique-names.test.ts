import { createNamer } from './unique-names';

test.each([
  [
    ['a.png', 'a.png', 'a.png'],
    ['a.png', 'a-2.png', 'a-3.png'],
  ],
  [
    ['a.png', 'A.PNG'],
    ['a.png', 'A-2.PNG'],
  ],
  [
    ['a-2.png', 'a.png', 'a.png', 'a-2.png'],
    ['a-2.png', 'a.png', 'a-3.png', 'a-2-2.png'],
  ],
  [
    ['no extension', 'no extension'],
    ['no extension', 'no extension-2'],
  ],
  [
    ['c:\\x|y?.png', '..', ''],
    ['c__x_y_.png', '_', '_-2'],
  ],
])('names %j %j', (wanted, expected) => {
  expect(wanted.map(createNamer())).toEqual(expected);
});

test('gives ten thousand images of one name each a name of its own', () => {
  const name = createNamer();
  expect(new Set(Array.from({ length: 10_000 }, () => name('image.png'))).size).toBe(10_000);
});
