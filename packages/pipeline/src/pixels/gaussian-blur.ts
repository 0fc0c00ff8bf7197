import { boxBlur, mirroredIndex } from './box-blur';
import { createPlane, type Plane } from './plane';

/** Above this sigma the kernel costs more than the boxes, and the boxes are within about 3 % of the peak. */
const LARGEST_SAMPLED_SIGMA = 4;

/** Gaussian blur, borders mirrored: the sampled kernel for small sigmas, three box filters of the same variance above. */
export function gaussianBlur(plane: Plane, sigma: number): Plane {
  if (sigma <= 0) return boxBlur(plane, 0);
  if (sigma > LARGEST_SAMPLED_SIGMA) return boxRadii(sigma).reduce(boxBlur, plane);
  const kernel = gaussianKernel(sigma);
  return convolveDown(convolveAcross(plane, kernel), kernel);
}

/** The sampled Gaussian out to four sigmas, summing to one; its middle is the centre. */
export function gaussianKernel(sigma: number): Float32Array {
  const radius = Math.max(1, Math.ceil(4 * sigma));
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

/** Radii of three boxes whose variances add up to sigma squared as nearly as odd widths allow (Kovesi 2010). */
function boxRadii(sigma: number): number[] {
  const ideal = Math.sqrt((12 * sigma * sigma) / 3 + 1);
  const narrow = Math.floor((ideal - 1) / 2);
  const width = 2 * narrow + 1;
  const narrowCount = Math.round((12 * sigma * sigma - 3 * width * width - 12 * width - 9) / (-4 * width - 4));
  return [0, 1, 2].map((i) => (i < narrowCount ? narrow : narrow + 1));
}

function convolveAcross({ width, height, data }: Plane, kernel: Float32Array): Plane {
  const result = createPlane(width, height);
  const index = mirroredIndex(width, kernel.length >> 1);
  for (let y = 0; y < height; y++) {
    const offset = y * width;
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++)
        sum += (kernel[k] as number) * (data[offset + (index[x + k] as number)] as number);
      result.data[offset + x] = sum;
    }
  }
  return result;
}

function convolveDown({ width, height, data }: Plane, kernel: Float32Array): Plane {
  const result = createPlane(width, height);
  const index = mirroredIndex(height, kernel.length >> 1);
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < kernel.length; k++) {
      const weight = kernel[k] as number;
      const from = (index[y + k] as number) * width;
      for (let x = 0, to = y * width; x < width; x++, to++) {
        result.data[to] = (result.data[to] as number) + weight * (data[from + x] as number);
      }
    }
  }
  return result;
}
