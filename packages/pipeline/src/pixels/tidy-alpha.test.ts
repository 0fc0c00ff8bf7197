import { paintPlane } from './synthetic-pictures';
import { tidyAlpha } from './tidy-alpha';

const disc = (x: number, y: number, cx: number, cy: number, r: number) => Math.hypot(x - cx, y - cy) <= r;
const product = (x: number, y: number) => disc(x, y, 60, 60, 40);

describe('tidyAlpha', () => {
  it('clears a small island that the network was unsure of and keeps one it was sure of', () => {
    const alpha = paintPlane(160, 120, (x, y) =>
      product(x, y) || disc(x, y, 140, 20, 6) || disc(x, y, 140, 90, 6) ? 1 : 0,
    );
    const network = paintPlane(160, 120, (x, y) => (product(x, y) || disc(x, y, 140, 90, 9) ? 0.95 : 0.4));
    tidyAlpha(alpha, network);
    expect(alpha.data[20 * 160 + 140]).toBe(0);
    expect(alpha.data[90 * 160 + 140]).toBe(1);
    expect(alpha.data[60 * 160 + 60]).toBe(1);
  });

  it('closes a pinhole that the network did not see, and leaves a handle and a seen opening alone', () => {
    const hole = (x: number, y: number) => disc(x, y, 45, 60, 1.5);
    const seen = (x: number, y: number) => disc(x, y, 75, 60, 1.5);
    const handle = (x: number, y: number) => disc(x, y, 60, 80, 8);
    const alpha = paintPlane(160, 120, (x, y) =>
      product(x, y) && !hole(x, y) && !seen(x, y) && !handle(x, y) ? 1 : 0,
    );
    const network = paintPlane(160, 120, (x, y) => (product(x, y) && !seen(x, y) ? 0.9 : 0.1));
    tidyAlpha(alpha, network);
    expect(alpha.data[60 * 160 + 45]).toBe(1);
    expect(alpha.data[60 * 160 + 75]).toBe(0);
    expect(alpha.data[80 * 160 + 60]).toBe(0);
  });

  it('keeps a far part that hangs on a faint strap', () => {
    const strap = (x: number, y: number) => y === 60 && x > 90 && x < 140;
    const alpha = paintPlane(160, 120, (x, y) => (product(x, y) || disc(x, y, 142, 60, 5) ? 1 : strap(x, y) ? 0.2 : 0));
    tidyAlpha(
      alpha,
      paintPlane(160, 120, () => 0.3),
    );
    expect(alpha.data[60 * 160 + 142]).toBe(1);
  });

  it('does nothing to an empty alpha', () => {
    const alpha = paintPlane(10, 10, () => 0);
    tidyAlpha(
      alpha,
      paintPlane(10, 10, () => 0.5),
    );
    expect(alpha.data.every((value) => value === 0)).toBe(true);
  });
});
