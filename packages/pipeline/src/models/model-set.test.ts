import { ModelSet } from './model-set';

const model = (id: string, weights: number, run: number) => new Map([[id, { weights, run }]]);

it('takes models as long as their weights and the largest run among them fit', () => {
  const set = new ModelSet(100);
  expect(set.take(model('a', 30, 40))).toBe(true);
  expect(set.take(model('b', 30, 40))).toBe(true);
  expect(set.bytes).toBe(100);
  expect(set.take(model('c', 1, 0))).toBe(false);
  expect(set.has('c')).toBe(false);
  expect(set.bytes).toBe(100);
});

it('takes several at once, or none of them', () => {
  const set = new ModelSet(100);
  expect(set.take(new Map([...model('a', 60, 0), ...model('b', 60, 0)]))).toBe(false);
  expect(set.bytes).toBe(0);
});

it('counts a model once, however often it is taken', () => {
  const set = new ModelSet(100);
  for (let i = 0; i < 3; i++) expect(set.take(model('a', 60, 10))).toBe(true);
  expect(set.bytes).toBe(70);
});

it('takes what an item waits for without room, but nothing else beside it', () => {
  const set = new ModelSet(100, new Set(['huge']));
  expect(set.take(model('huge', 500, 500))).toBe(true);
  expect(set.take(model('small', 1, 1))).toBe(false);
  expect(set.take(new Map())).toBe(true);
});

it('has the room again of what did not load', () => {
  const set = new ModelSet(100);
  set.take(model('a', 100, 0));
  set.leave('a');
  expect(set.take(model('b', 100, 0))).toBe(true);
});
