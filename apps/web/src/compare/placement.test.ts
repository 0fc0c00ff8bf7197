import { moved, WHOLE, zoomedAt } from './placement';

test('what is below the pointer stays there while zooming', () => {
  const at = ({ scale, x, y }: typeof WHOLE) => [(120 - x) / scale, (80 - y) / scale];
  const once = zoomedAt(WHOLE, 2, 120, 80);
  const twice = zoomedAt(once, 1.5, 120, 80);
  expect(at(once)).toEqual(at(WHOLE));
  expect(at(twice)).toEqual(at(WHOLE));
  expect(twice.scale).toBe(3);
});

test('zoomed out the picture is whole and in its place', () => {
  const away = moved(zoomedAt(WHOLE, 2, 10, 10), 50, -30);
  expect(zoomedAt(away, 0.1, 300, 200)).toEqual(WHOLE);
});

test('only a picture that is larger than its frame can be moved', () => {
  expect(moved(WHOLE, 10, 10)).toEqual(WHOLE);
  expect(moved({ scale: 2, x: 0, y: 0 }, 10, -5)).toEqual({ scale: 2, x: 10, y: -5 });
});
