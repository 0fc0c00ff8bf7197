import { pipelineSchema } from '@packshot/contracts';
import { type Pointed, scaled, toPrompt, withBox, withPoint } from './prompt';

const NOTHING: Pointed = { points: [], boxes: [] };
const MASK = Buffer.alloc(256 * 256, 128).toString('base64');
const accepted = (pointed: Pointed | null, mask: string | null = MASK) =>
  pointed !== null && pipelineSchema.safeParse({ background: { prompt: toPrompt(pointed, mask) } }).success;

test('points that keep and that leave out add up, in their order', () => {
  const one = withPoint(NOTHING, [3, 4, 1]);
  const two = one && withPoint(one, [5, 6, 0]);
  expect(two?.points).toEqual([
    [3, 4, 1],
    [5, 6, 0],
  ]);
  expect(accepted(two)).toBe(true);
});

test('a box can be drawn from any corner, and without an area is none', () => {
  expect(withBox(NOTHING, [9, 8, 1, 2])?.boxes).toEqual([[1, 2, 9, 8]]);
  expect(withBox(NOTHING, [9, 8, 9, 2])).toBeNull();
});

test('beside points another box takes the place of the one before', () => {
  const pointed = withBox({ points: [[3, 4, 1]], boxes: [[0, 0, 5, 5]] }, [1, 1, 9, 9]);
  expect(pointed?.boxes).toEqual([[1, 1, 9, 9]]);
  expect(accepted(pointed)).toBe(true);
});

test('several boxes take no point, and no mask of the answer before', () => {
  const two = withBox({ points: [], boxes: [[0, 0, 5, 5]] }, [6, 6, 9, 9]);
  expect(two?.boxes).toHaveLength(2);
  expect(accepted(two)).toBe(true);
  expect(two && toPrompt(two, MASK)).not.toHaveProperty('mask');
  expect(two && withPoint(two, [1, 1, 1])).toBeNull();
});

test('the mask of the answer before goes along with the next click', () => {
  expect(toPrompt({ points: [[3, 4, 1]], boxes: [] }, MASK).mask).toBe(MASK);
});

test('on a copy of half the size everything is at half of its place, and belongs where it did', () => {
  const pointed = scaled({ points: [[3, 4, 0]], boxes: [[1, 2, 9, 8]] }, 0.5);
  expect(pointed).toEqual({ points: [[1.5, 2, 0]], boxes: [[0.5, 1, 4.5, 4]] });
  expect(accepted(pointed)).toBe(true);
});
