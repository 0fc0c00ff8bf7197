/** A picture in floats: [3,H,W] one channel after the other, 0..1 sRGB. */
export interface FloatPicture {
  width: number;
  height: number;
  data: Float32Array;
}

/** Peak signal-to-noise ratio over RGB in dB, the output clipped to 0..1; infinite for the same picture. */
export function psnr(output: FloatPicture, truth: FloatPicture): number {
  let sum = 0;
  for (let i = 0; i < truth.data.length; i++) sum += (clip(output.data[i] as number) - (truth.data[i] as number)) ** 2;
  return -10 * Math.log10(sum / truth.data.length);
}

/** Standard deviation and reach of the window, and the two constants, of Wang et al., "Image quality assessment", 2004. */
const WINDOW = Array.from({ length: 11 }, (_, i) => Math.exp(-((i - 5) ** 2) / (2 * 1.5 ** 2)));
const [C1, C2] = [0.01 ** 2, 0.03 ** 2];

/** Structural similarity of the luminance, -1..1, mean over the windows that lie wholly inside. */
export function ssim(output: FloatPicture, truth: FloatPicture): number {
  const [p, q] = [luminance(output), luminance(truth)];
  const { width, height } = truth;
  const mean = (values: Float64Array) => smooth(values, width, height);
  const product = (a: Float64Array, b: Float64Array) => a.map((value, i) => value * (b[i] as number));
  const [mp, mq] = [mean(p), mean(q)];
  const [pp, qq, pq] = [mean(product(p, p)), mean(product(q, q)), mean(product(p, q))];
  let sum = 0;
  for (let i = 0; i < mp.length; i++) {
    const [a, b] = [mp[i] as number, mq[i] as number];
    const [va, vb, ab] = [(pp[i] as number) - a * a, (qq[i] as number) - b * b, (pq[i] as number) - a * b];
    sum += ((2 * a * b + C1) * (2 * ab + C2)) / ((a * a + b * b + C1) * (va + vb + C2));
  }
  return sum / mp.length;
}

/** How much detail there is: the mean of the squared steps of luminance to the right and down, times 10,000. */
export function gradientEnergy(picture: FloatPicture): number {
  const { width, height } = picture;
  const grey = luminance(picture);
  let sum = 0;
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0, i = y * width; x + 1 < width; x++, i++) {
      const value = grey[i] as number;
      sum += ((grey[i + 1] as number) - value) ** 2 + ((grey[i + width] as number) - value) ** 2;
    }
  }
  return (10_000 * sum) / ((width - 1) * (height - 1));
}

/**
 * How far JPEG's grid shows: the mean step of luminance across the edges of blocks of `side` pixels over the mean step
 * elsewhere. 1: not at all.
 */
export function blockiness(picture: FloatPicture, side = 8): number {
  const { width, height } = picture;
  const grey = luminance(picture);
  const [across, within] = [
    { sum: 0, count: 0 },
    { sum: 0, count: 0 },
  ];
  const add = (step: number, at: number) => {
    const kind = (at + 1) % side === 0 ? across : within;
    kind.sum += Math.abs(step);
    kind.count++;
  };
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0, i = y * width; x + 1 < width; x++, i++) {
      add((grey[i + 1] as number) - (grey[i] as number), x);
      add((grey[i + width] as number) - (grey[i] as number), y);
    }
  }
  const elsewhere = within.sum / within.count;
  return elsewhere === 0 ? 1 : across.sum / across.count / elsewhere;
}

/** Of ITU-R BT.601, 0..1, clipped. */
function luminance({ width, height, data }: FloatPicture): Float64Array {
  const area = width * height;
  return Float64Array.from({ length: area }, (_, i) => {
    const [red, green, blue] = [data[i], data[i + area], data[i + 2 * area]] as [number, number, number];
    return 0.299 * clip(red) + 0.587 * clip(green) + 0.114 * clip(blue);
  });
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Weighted means by WINDOW in both directions, of the pixels whose window lies inside. */
function smooth(values: Float64Array, width: number, height: number): Float64Array {
  const total = WINDOW.reduce((sum, weight) => sum + weight, 0);
  const [across, down] = [width - WINDOW.length + 1, height - WINDOW.length + 1];
  const rows = new Float64Array(across * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < across; x++, to++) {
      let sum = 0;
      for (let k = 0; k < WINDOW.length; k++) sum += (WINDOW[k] as number) * (values[y * width + x + k] as number);
      rows[to] = sum / total;
    }
  }
  const smoothed = new Float64Array(across * down);
  for (let i = 0; i < smoothed.length; i++) {
    let sum = 0;
    for (let k = 0; k < WINDOW.length; k++) sum += (WINDOW[k] as number) * (rows[i + k * across] as number);
    smoothed[i] = sum / total;
  }
  return smoothed;
}
