/** A stroke of the brush, in pixels of the photo. */
export interface Stroke {
  readonly kind: 'add' | 'erase';
  readonly path: readonly (readonly [x: number, y: number])[];
  /** Diameter, with its soft edge. */
  readonly size: number;
  /** Share of the radius over which it fades out. */
  readonly softness: number;
}

type Canvas = HTMLCanvasElement;

export function createCanvas(width: number, height: number): [Canvas, CanvasRenderingContext2D] {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: false });
  if (context === null) throw new Error('This browser gives no canvas of this size.');
  return [canvas, context];
}

/** The grey levels of a mask as the opacity of a canvas. */
export async function toMatte(mask: Blob): Promise<Canvas> {
  const bitmap = await createImageBitmap(mask);
  const [canvas, context] = createCanvas(bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const { data } = pixels;
  for (let i = 0; i < data.length; i += 4) {
    data[i + 3] = data[i] ?? 0;
    data[i] = data[i + 1] = data[i + 2] = 255;
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/**
 * The photo where the matte and the strokes over it are; the rest is transparent. `photo` may be a copy that is `scale` times the size
 * of the photo that the strokes are on.
 */
export function cutOut(photo: ImageBitmap, matte: Canvas | null, strokes: readonly Stroke[], scale: number): Canvas {
  const [canvas, context] = createCanvas(photo.width, photo.height);
  if (matte !== null) context.drawImage(matte, 0, 0, canvas.width, canvas.height);
  for (const stroke of strokes) paint(context, stroke, scale);
  context.globalCompositeOperation = 'source-in';
  context.drawImage(photo, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * Soft edges are those of a shadow whose caster lies beside the canvas: the one blur that all browsers have. A shadow's blur is
 * twice its standard deviation, and fades out over about twice that.
 */
function paint(context: CanvasRenderingContext2D, { kind, path, size, softness }: Stroke, scale: number): void {
  const radius = (size * scale) / 2;
  const fade = radius * softness;
  const aside = 2 * context.canvas.width + 4 * radius;
  context.save();
  context.globalCompositeOperation = kind === 'add' ? 'source-over' : 'destination-out';
  context.lineCap = context.lineJoin = 'round';
  context.lineWidth = Math.max(1, 2 * radius - fade);
  context.strokeStyle = '#ffffff';
  context.shadowColor = '#ffffff';
  context.shadowBlur = fade;
  context.shadowOffsetX = aside;
  context.beginPath();
  path.forEach(([x, y], index) => {
    const place = [x * scale - aside, y * scale] as const;
    if (index === 0) context.moveTo(...place);
    // A line without a length is drawn as a dot, by its round ends.
    context.lineTo(...place);
  });
  context.stroke();
  context.restore();
}

/** `quality`: 0..1, of types that have one. */
export function toBlob(canvas: Canvas, type: string, quality?: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large for this browser.'))),
      type,
      quality,
    );
  });
}
