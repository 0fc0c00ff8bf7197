/** Colours, printed patterns and materials. */
import * as THREE from 'three';
import type { Random } from './random.js';

type Context = OffscreenCanvasRenderingContext2D;

/** The 2D context of a canvas, which always has one. */
export function contextOf(canvas: OffscreenCanvas, settings?: CanvasRenderingContext2DSettings): Context {
  const context = canvas.getContext('2d', settings);
  if (!context) throw new Error('this browser draws no 2D canvas');
  return context;
}

export function repeating<T extends THREE.Texture>(texture: T, isColour = true): T {
  texture.wrapS = texture.wrapT = THREE.MirroredRepeatWrapping;
  if (isColour) texture.colorSpace = THREE.SRGBColorSpace;
  return texture;
}

/** Grey, pale or strong, at random. */
export function randomColour(random: Random) {
  const colour = new THREE.Color();
  const kind = random.unit();
  if (kind < 0.2) colour.setHSL(0, 0, random.between(0.02, 1));
  else if (kind < 0.45) colour.setHSL(random.unit(), random.between(0.05, 0.35), random.between(0.1, 0.9));
  else colour.setHSL(random.unit(), random.between(0.3, 1), random.between(0.15, 0.75));
  return colour;
}

/** Draws a random piece of a photograph over a canvas, blurred by `blur` pixels. */
export function drawPhotoCrop(
  random: Random,
  photographs: ImageBitmap[],
  context: Context,
  width: number,
  height: number,
  blur = 0,
) {
  const photo = random.pick(photographs);
  const share = Math.exp(random.between(Math.log(0.12), 0));
  const cropWidth = Math.min(photo.width, (photo.height * width) / height) * share;
  const cropHeight = (cropWidth * height) / width;
  const x = random.between(0, photo.width - cropWidth);
  const y = random.between(0, photo.height - cropHeight);
  context.save();
  if (blur) context.filter = `blur(${blur}px)`;
  if (random.chance(0.5)) {
    context.translate(width, 0);
    context.scale(-1, 1);
  }
  const margin = blur * 2; // else the blur would fade towards the canvas' edges
  const [outWidth, outHeight] = [width + 2 * margin, height + 2 * margin];
  context.drawImage(photo, x, y, cropWidth, cropHeight, -margin, -margin, outWidth, outHeight);
  context.restore();
}

const SIDE = 256;

/** Draws one motif over a canvas; `css` gives random colours. */
type Draw = (random: Random, context: Context, css: () => string) => void;

const DRAWINGS: Record<string, Draw> = {
  stripes(random, context, css) {
    const count = random.integer(2, 24);
    const upright = random.chance(0.5);
    context.fillStyle = css();
    for (let i = 0; i < count; i++) {
      const start = (i * SIDE) / count;
      if (upright) context.fillRect(start, 0, SIDE / 2 / count, SIDE);
      else context.fillRect(0, start, SIDE, SIDE / 2 / count);
    }
  },
  checks(random, context, css) {
    const count = random.integer(2, 12);
    const side = SIDE / count;
    context.fillStyle = css();
    for (let i = 0; i < count; i++) {
      for (let j = i % 2; j < count; j += 2) context.fillRect(i * side, j * side, side, side);
    }
  },
  dots(random, context, css) {
    const count = random.integer(3, 14);
    const side = SIDE / count;
    context.fillStyle = css();
    for (let i = 0; i < count * count; i++) {
      context.beginPath();
      context.arc(((i % count) + 0.5) * side, (Math.floor(i / count) + 0.5) * side, side * 0.3, 0, 7);
      context.fill();
    }
  },
  text(random, context, css) {
    drawText(random, context, css, 0.3);
  },
  label(random, context, css) {
    drawText(random, context, css, 1);
  },
  /** A package's side: a name, small print in columns, a bar code. */
  packaging(random, context, css) {
    const face = random.pick(['sans-serif', 'serif', 'monospace']);
    const ink = css();
    context.fillStyle = ink;
    context.font = `bold ${random.integer(28, 64)}px ${face}`;
    context.fillText(word(random, 3, 8), random.between(4, 40), random.between(50, 90));
    context.font = `${random.integer(6, 14)}px ${face}`;
    const line = random.integer(9, 16);
    for (const x of random.chance(0.5) ? [10] : [10, 134]) {
      for (let y = random.integer(100, 140); y < 250; y += line) {
        const words = Array.from({ length: random.integer(2, 5) }, () => word(random, 2, 9));
        context.fillText(words.join(' '), x, y, x > 10 || random.chance(0.5) ? 112 : 236);
      }
    }
    if (random.chance(0.6)) bars(random, context);
  },
  /** A screen: a bar, windows of rows and tiles, a button. */
  screen(random, context, css) {
    context.fillStyle = css();
    context.fillRect(0, 0, SIDE, random.integer(10, 26));
    for (let i = random.integer(1, 4); i > 0; i--) {
      const [x, y, width, height] = [
        random.integer(0, 150),
        random.integer(20, 160),
        random.integer(60, 200),
        random.integer(40, 180),
      ];
      context.fillStyle = css();
      context.fillRect(x, y, width, height);
      context.fillStyle = css();
      const step = random.integer(8, 30);
      const tiles = random.chance(0.4);
      for (let row = y + 8; row < y + height - step; row += step) {
        if (!tiles) context.fillRect(x + 8, row, random.between(0.3, 0.85) * width, step * 0.35);
        else
          for (let tile = x + 8; tile < x + width - step; tile += step)
            context.fillRect(tile, row, step * 0.7, step * 0.7);
      }
    }
  },
  blobs(random, context, css) {
    for (let i = 0; i < 30; i++) {
      context.fillStyle = css();
      context.globalAlpha = random.between(0.2, 0.9);
      context.beginPath();
      const [x, y] = [random.between(0, SIDE), random.between(0, SIDE)];
      context.ellipse(x, y, random.between(5, 60), random.between(5, 60), random.between(0, 3), 0, 7);
      context.fill();
    }
    context.globalAlpha = 1;
  },
};

/** Words in random letters, `labels` of them on a coloured ground. */
function drawText(random: Random, context: Context, css: () => string, labels: number) {
  for (let i = random.integer(1, 8); i > 0; i--) {
    context.fillStyle = css();
    if (random.chance(labels)) {
      const [x, y] = [random.between(-20, 200), random.between(-20, 200)];
      context.fillRect(x, y, random.between(20, 200), random.between(5, 120));
      context.fillStyle = css();
    }
    const style = random.pick(['', 'bold ', 'italic ']);
    context.font = `${style}${random.integer(12, 90)}px ${random.pick(['sans-serif', 'serif', 'monospace'])}`;
    const letters = Array.from({ length: random.integer(2, 12) }, () => random.integer(65, 122));
    context.fillText(String.fromCharCode(...letters), random.between(-20, 160), random.between(20, 250));
  }
}

/** A made-up word of small letters, the first perhaps a capital. */
function word(random: Random, shortest: number, longest: number): string {
  const letters = Array.from({ length: random.integer(shortest, longest) }, () => random.integer(97, 122));
  const text = String.fromCharCode(...letters);
  return random.chance(0.4) ? text[0].toUpperCase() + text.slice(1) : text;
}

function bars(random: Random, context: Context) {
  const [x, y] = [random.integer(20, 150), random.integer(190, 210)];
  context.fillStyle = '#fff';
  context.fillRect(x - 5, y - 3, 80, 46);
  context.fillStyle = '#000';
  for (let bar = x; bar < x + 70; bar += random.integer(2, 6)) context.fillRect(bar, y, random.integer(1, 3), 36);
}

/** Adds grain, or the over-and-under of a weave, to what is drawn. */
function roughen(random: Random, context: Context, woven: boolean) {
  const image = context.getImageData(0, 0, SIDE, SIDE);
  const depth = random.between(8, 50);
  const period = random.integer(2, 6);
  for (let i = 0; i < image.data.length; i += 4) {
    const x = (i >> 2) % SIDE;
    const y = Math.floor((i >> 2) / SIDE);
    const over = x % period < period / 2 === y % period < period / 2;
    const grain = (random.unit() - 0.5) * depth;
    const change = woven ? (over ? 0.5 : -0.5) * depth + grain * 0.3 : grain;
    for (let c = 0; c < 3; c++) image.data[i + c] += change;
  }
  context.putImageData(image, 0, 0);
}

/** Near-white streaks in one direction, to be multiplied by a colour: hair, fur, brushed metal. */
export function strands(random: Random) {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = contextOf(canvas);
  const wave = random.between(0, 14);
  const contrast = random.between(0.25, 0.75);
  context.fillStyle = '#bbb';
  context.fillRect(0, 0, SIDE, SIDE);
  for (let i = 0; i < 1400; i++) {
    const grey = Math.round(255 * (1 - contrast * random.unit()));
    const [x, y, length] = [random.between(-10, SIDE + 10), random.between(-80, SIDE), random.between(30, 140)];
    context.strokeStyle = `rgb(${grey},${grey},${grey})`;
    context.lineWidth = random.between(0.4, 2.2);
    context.beginPath();
    context.moveTo(x, y);
    context.bezierCurveTo(
      x + wave,
      y + length / 3,
      x - wave,
      y + (2 * length) / 3,
      x + random.normal() * 5,
      y + length,
    );
    context.stroke();
  }
  return repeating(new THREE.CanvasTexture(canvas));
}

/** Rows of light V stitches with dark between them, to be multiplied by a colour. */
export function knit(random: Random) {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = contextOf(canvas);
  const stitches = random.integer(8, 20);
  const [width, height] = [SIDE / stitches, (SIDE / stitches) * random.between(0.6, 1)];
  context.fillStyle = `hsl(0 0% ${random.between(25, 60)}%)`;
  context.fillRect(0, 0, SIDE, SIDE);
  context.lineCap = 'round';
  context.lineWidth = width * random.between(0.28, 0.42);
  for (let y = -height; y < SIDE + height; y += height) {
    for (let column = 0; column < stitches; column++) {
      const x = (column + 0.5) * width;
      context.strokeStyle = `hsl(0 0% ${random.between(75, 100)}%)`;
      context.beginPath();
      context.moveTo(x - width * 0.32, y);
      context.lineTo(x, y + height);
      context.lineTo(x + width * 0.32, y);
      context.stroke();
    }
  }
  return repeating(new THREE.CanvasTexture(canvas));
}

/** A printed or woven surface. */
export function randomPattern(random: Random, photographs: ImageBitmap[]) {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = contextOf(canvas);
  const css = () => `#${randomColour(random).getHexString()}`;
  const kind = random.pick(['noise', 'weave', 'photo', 'photo', 'text', 'packaging', ...Object.keys(DRAWINGS)]);
  context.fillStyle = css();
  context.fillRect(0, 0, SIDE, SIDE);
  if (kind === 'photo') drawPhotoCrop(random, photographs, context, SIDE, SIDE);
  else DRAWINGS[kind]?.(random, context, css);
  if (kind === 'noise' || kind === 'weave' || random.chance(0.3)) roughen(random, context, kind === 'weave');
  return repeating(new THREE.CanvasTexture(canvas));
}
