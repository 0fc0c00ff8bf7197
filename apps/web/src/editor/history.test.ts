import { begin, redo, step, undo } from './history';

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
