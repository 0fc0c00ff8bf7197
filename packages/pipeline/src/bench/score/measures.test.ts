import { createPlane, type Plane } from '../../pixels';
import { paintPlane } from '../../pixels/synthetic-pictures';
import { compareMattes, sadWhere } from './matte-measures';
import { blockiness, type FloatPicture, gradientEnergy, psnr, ssim } from './picture-measures';

function grey(width: number, height: number, paint: (x: number, y: number) => number): FloatPicture {
  const plane = paintPlane(width, height, paint).data;
  return {
    width,
    height,
    data: Float32Array.from({ length: 3 * plane.length }, (_, i) => plane[i % plane.length] ?? 0),
  };
}

const box = (left: number, right: number): Plane =>
  paintPlane(100, 100, (x, y) => Number(x >= left && x < right && y >= 20 && y < 80));

describe('measures of pictures', () => {
  const flat = grey(32, 32, () => 0.5);

  it('gives 20 dB for an error of a tenth everywhere, and clips what lies outside first', () => {
    expect(
      psnr(
        grey(32, 32, () => 0.6),
        flat,
      ),
    ).toBeCloseTo(20, 4);
    expect(
      psnr(
        grey(32, 32, () => 1.7),
        grey(32, 32, () => 0.9),
      ),
    ).toBeCloseTo(20, 4);
    expect(psnr(flat, flat)).toBe(Number.POSITIVE_INFINITY);
  });

  it('finds a picture wholly similar to itself, and two flat ones as similar as their means', () => {
    const wave = grey(40, 30, (x, y) => 0.5 + 0.3 * Math.sin(x / 3) * Math.cos(y / 4));
    expect(ssim(wave, wave)).toBeCloseTo(1, 9);
    // (2 p q + C1) / (p² + q² + C1), by hand for 0.5 and 0.8; both are single precision.
    expect(
      ssim(
        flat,
        grey(32, 32, () => 0.8),
      ),
    ).toBeCloseTo((0.8 + 1e-4) / (0.89 + 1e-4), 5);
  });

  it('finds a picture turned inside out dissimilar', () => {
    const stripes = (sign: number) => grey(40, 40, (x) => 0.5 + sign * 0.4 * Math.cos(x));
    expect(ssim(stripes(1), stripes(-1))).toBeLessThan(-0.8);
  });

  it('sees no energy in a flat picture, and of a slope its squared step', () => {
    expect(gradientEnergy(flat)).toBe(0);
    expect(gradientEnergy(grey(50, 20, (x, y) => x * 0.01 + y * 0.02))).toBeCloseTo(5, 3);
  });

  it('sees a grid of eight pixels by how much larger its steps are', () => {
    const slope = grey(65, 65, (x, y) => (x + y) * 0.005);
    expect(blockiness(slope)).toBeCloseTo(1, 3);
    const blocks = grey(65, 65, (x, y) => (x + y) * 0.005 + (Math.floor(x / 8) + Math.floor(y / 8)) * 0.01);
    expect(blockiness({ ...blocks, data: blocks.data.map((value) => value * 0.5) })).toBeCloseTo(3, 2);
    expect(blockiness(flat)).toBe(1);
  });
});

describe('measures of mattes', () => {
  it('compares two boxes that share half of each', () => {
    const { iou, dice, mae, sad } = compareMattes(box(20, 60), box(40, 80));
    expect(iou).toBeCloseTo(1 / 3, 9);
    expect(dice).toBeCloseTo(1 / 2, 9);
    expect(mae).toBeCloseTo(0.24, 9);
    expect(sad).toBeCloseTo(2.4, 9);
  });

  it('calls the same matte perfect, and an empty one beside a full one worthless', () => {
    expect(compareMattes(box(20, 60), box(20, 60))).toEqual({ iou: 1, dice: 1, mae: 0, sad: 0, boundary: 1 });
    const worst = compareMattes(createPlane(100, 100), box(20, 60));
    expect([worst.iou, worst.dice, worst.boundary]).toEqual([0, 0, 0]);
  });

  it('takes an outline one pixel off for right, and one ten pixels off for wrong where it is', () => {
    expect(compareMattes(box(21, 60), box(20, 60)).boundary).toBe(1);
    const { boundary } = compareMattes(box(30, 60), box(20, 60));
    expect(boundary).toBeGreaterThan(0.5);
    expect(boundary).toBeLessThan(0.8);
  });

  it('sums differences only where asked', () => {
    const half = createPlane(100, 100, 0.5);
    expect(sadWhere(half, box(0, 100), (i) => i < 5000)).toBeCloseTo(2.5, 9);
  });
});
