import { amend, begin, redo, step, undo } from './history';

const three = step(step(begin('a'), 'b'), 'c');

test('undo leads back step by step and redo forth again', () => {
  expect(undo(three).present).toBe('b');
  expect(undo(undo(three)).present).toBe('a');
  expect(redo(undo(three))).toEqual(three);
});

test('past the beginning and the end nothing changes', () => {
  const first = undo(undo(three));
  expect(undo(first)).toBe(first);
  expect(redo(three)).toBe(three);
});

test('what was undone is gone with the next step', () => {
  const other = step(undo(three), 'd');
  expect(redo(other).present).toBe('d');
  expect(undo(other).present).toBe('b');
});

test('what a step has become stays through undo and redo', () => {
  const grown = amend(undo(three), (value) => (value === 'b' ? value : `${value}!`));
  expect(grown.present).toBe('b');
  expect(undo(grown).present).toBe('a!');
  expect(redo(grown).present).toBe('c!');
});
