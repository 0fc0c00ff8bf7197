import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { usePinch } from '../gesture/use-pinch';
import { text } from '../strings';
import type { Answer } from './ask-server';
import { cutOut, type Stroke } from './matte';
import type { Box, Pointed } from './prompt';
import { useSteadyScroll } from './steady-scroll';

export type Tool = 'keep' | 'drop' | 'box' | 'add' | 'erase';
type Place = readonly [x: number, y: number];

interface Props {
  bitmap: ImageBitmap;
  edit: Pointed & { answer: Answer | null; strokes: readonly Stroke[] };
  tool: Tool;
  brush: { size: number; softness: number };
  /** 1: all of it is seen. */
  zoom: number;
  onZoom: (factor: number) => void;
  /** What is cut away shows faintly. */
  ghost: boolean;
  onPoint: (at: Place, label: 0 | 1) => void;
  onBox: (box: Box) => void;
  onStroke: (path: readonly Place[]) => void;
}

/** Shown no larger than this: a brush must follow the hand. The result is made from the whole photo. */
const SHOWN_SIDE = 1400;
const KEY_STEP = 0.02;

/** The photo with what is kept of it, and over it, in pixels of the photo, what was pointed at. */
export function Easel({ bitmap, edit, tool, brush, zoom, onZoom, ghost, onPoint, onBox, onStroke }: Props) {
  const { width, height } = bitmap;
  const unit = Math.max(width, height) / 100;
  const [path, setPath] = useState<readonly Place[]>([]);
  const [cross, setCross] = useState<Place | null>(null);
  const painting = tool === 'add' || tool === 'erase';
  const canvas = useCanvas(bitmap, edit, painting && path.length > 0 ? { kind: tool, path, ...brush } : null, ghost);

  const frame = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const steady = useSteadyScroll(frame, sheet);
  usePinch(frame, {
    onBegin: () => {
      setPath([]);
      steady.begin();
    },
    onPinch: ({ factor, from, to }) => {
      steady.hold(from, to);
      onZoom(factor);
    },
  });

  const finish = (drawn: readonly Place[], negative: boolean) => {
    const [first] = drawn;
    const last = drawn.at(-1);
    setPath([]);
    if (first === undefined || last === undefined) return;
    if (painting) onStroke(drawn);
    else if (tool === 'box') onBox([...first, ...last]);
    else onPoint(last, tool === 'drop' || negative ? 0 : 1);
  };
  const down = (event: PointerEvent<SVGSVGElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setCross(null);
    setPath([placeOf(event, bitmap)]);
  };
  const move = (event: PointerEvent<SVGSVGElement>) => {
    if (path.length > 0) setPath([...path, placeOf(event, bitmap)]);
  };
  const press = (event: KeyboardEvent) => {
    const [x, y] = cross ?? [width / 2, height / 2];
    const by = DIRECTIONS[event.key];
    if (by !== undefined) {
      event.preventDefault();
      const far = (event.shiftKey ? 5 : 1) * KEY_STEP;
      setCross([clamp(x + by[0] * far * width, width), clamp(y + by[1] * far * height, height)]);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      // Of a box this is one corner, and the next is the other.
      if (tool === 'box' && path.length === 0) setPath([[x, y]]);
      else finish([...path, [x, y]], event.shiftKey);
    } else if (event.key === 'Escape') setPath([]);
  };

  const start = path[0];
  const end = tool === 'box' && cross !== null ? cross : path.at(-1);
  return (
    <div ref={frame} className="easel">
      <div
        ref={sheet}
        className="sheet board"
        style={{ aspectRatio: `${width} / ${height}`, width: `calc(min(100%, 70vh * ${width / height}) * ${zoom})` }}
      >
        <canvas ref={canvas} aria-hidden />
        <svg
          viewBox={`0 0 ${width} ${height}`}
          role="application"
          aria-label={text.editor.canvas}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: worked on with keys
          tabIndex={0}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={(event) => finish(path, event.shiftKey)}
          onPointerCancel={() => setPath([])}
          onKeyDown={press}
        >
          {edit.boxes.map(([left, top, right, bottom]) => (
            <rect
              key={`${left} ${top} ${right} ${bottom}`}
              x={left}
              y={top}
              width={right - left}
              height={bottom - top}
              fill="none"
              stroke="#4263eb"
              strokeWidth={unit / 3}
            />
          ))}
          {tool === 'box' && start && end && (
            <rect
              x={Math.min(start[0], end[0])}
              y={Math.min(start[1], end[1])}
              width={Math.abs(end[0] - start[0])}
              height={Math.abs(end[1] - start[1])}
              fill="none"
              stroke="#4263eb"
              strokeWidth={unit / 3}
              strokeDasharray={unit}
            />
          )}
          {edit.points.map(([x, y, label]) => (
            <Mark key={`${x} ${y} ${label}`} at={[x, y]} radius={1.4 * unit} label={label} />
          ))}
          {cross && (
            <path
              d={`M${cross[0] - 3 * unit} ${cross[1]}h${6 * unit}M${cross[0]} ${cross[1] - 3 * unit}v${6 * unit}`}
              stroke="#f03e3e"
              strokeWidth={unit / 3}
            />
          )}
        </svg>
      </div>
    </div>
  );
}

/** Plus and minus, and not colours alone. */
function Mark({ at: [x, y], radius, label }: { at: Place; radius: number; label: 0 | 1 }) {
  const arm = radius * 0.55;
  return (
    <g stroke="#ffffff" strokeWidth={radius / 4}>
      <circle cx={x} cy={y} r={radius} fill={label === 1 ? '#2b8a3e' : '#c92a2a'} />
      <path d={`M${x - arm} ${y}h${2 * arm}${label === 1 ? `M${x} ${y - arm}v${2 * arm}` : ''}`} />
    </g>
  );
}

function useCanvas(bitmap: ImageBitmap, { answer, strokes }: Props['edit'], current: Stroke | null, ghost: boolean) {
  const ref = useRef<HTMLCanvasElement>(null);
  const shown = useShown(bitmap);
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    canvas.width = shown.width;
    canvas.height = shown.height;
    const untouched = answer === null && strokes.length === 0 && current === null;
    context.globalAlpha = untouched ? 1 : ghost ? 0.3 : 0;
    context.drawImage(shown, 0, 0);
    context.globalAlpha = 1;
    if (untouched) return;
    const all = current === null ? strokes : [...strokes, current];
    context.drawImage(cutOut(shown, answer?.matte ?? null, all, shown.width / bitmap.width), 0, 0);
  }, [shown, bitmap, answer, strokes, current, ghost]);
  return ref;
}

/** The photo no larger than it is shown, made once: until then the photo. */
function useShown(bitmap: ImageBitmap): ImageBitmap {
  const [small, setSmall] = useState<ImageBitmap | null>(null);
  useEffect(() => {
    const scale = SHOWN_SIDE / Math.max(bitmap.width, bitmap.height);
    if (scale >= 1) return;
    const size = { resizeWidth: Math.round(bitmap.width * scale), resizeHeight: Math.round(bitmap.height * scale) };
    // A browser that cannot goes on with the photo.
    createImageBitmap(bitmap, { ...size, resizeQuality: 'high' }).then(setSmall, () => undefined);
    return () => setSmall(null);
  }, [bitmap]);
  return small ?? bitmap;
}

const DIRECTIONS: Readonly<Record<string, Place>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value));

function placeOf(event: PointerEvent<SVGSVGElement>, { width, height }: ImageBitmap): Place {
  const box = event.currentTarget.getBoundingClientRect();
  return [
    clamp(((event.clientX - box.left) / box.width) * width, width),
    clamp(((event.clientY - box.top) / box.height) * height, height),
  ];
}
