import { Button, ColorInput, Group, Loader, SegmentedControl, Slider, Text } from '@mantine/core';
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { usePinch } from '../gesture/use-pinch';
import { text } from '../strings';
import { moved, type Placement, WHOLE, zoomedAt } from './placement';

const STEP = 1.4;
const NUDGE = 40;

/** A picture with its name. */
interface Side {
  url: string;
  name: string;
}

interface Props {
  before: Side | null;
  /** null while it is loaded. */
  after: Side | null;
}

/** Two pictures of the same thing over each other, with a line between them that can be drawn; both zoom and move together. */
export function Compare({ before: given, after }: Props) {
  const [share, setShare] = useState(50);
  const [placement, setPlacement] = useState(WHOLE);
  const [backdrop, setBackdrop] = useState<string | null>(null);
  const [unreadable, setUnreadable] = useState<readonly string[]>([]);
  const frame = useRef<HTMLDivElement>(null);
  const before = given !== null && unreadable.includes(given.url) ? null : given;
  const giveUp = (url: string) => () => setUnreadable((others) => [...others, url]);

  // React listens to wheels passively, and the page would scroll.
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const factor = event.deltaY < 0 ? STEP : 1 / STEP;
      setPlacement((now) => zoomedAt(now, factor, event.clientX - left, event.clientY - top));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, []);

  usePinch(frame, {
    onPinch: ({ factor, from: [x, y], to }) => {
      const { left = 0, top = 0 } = frame.current?.getBoundingClientRect() ?? {};
      setPlacement((now) => moved(zoomedAt(now, factor, x - left, y - top), to[0] - x, to[1] - y));
    },
  });

  const zoom = (factor: number) => {
    const { width = 0, height = 0 } = frame.current?.getBoundingClientRect() ?? {};
    setPlacement((now) => zoomedAt(now, factor, width / 2, height / 2));
  };
  const drag = (event: PointerEvent) => {
    if (event.buttons === 1) setPlacement((now) => moved(now, event.movementX, event.movementY));
  };
  const drawLine = (event: PointerEvent) => {
    const box = frame.current?.getBoundingClientRect();
    if (event.buttons !== 1 || box === undefined) return;
    event.stopPropagation();
    setShare(Math.min(100, Math.max(0, ((event.clientX - box.left) / box.width) * 100)));
  };
  const press = (event: KeyboardEvent) => {
    const act = KEYS[event.key];
    if (act === undefined) return;
    event.preventDefault();
    if (act.zoom !== undefined) zoom(act.zoom);
    else setPlacement((now) => moved(now, act.x, act.y));
  };

  if (after !== null && unreadable.includes(after.url)) return <Text size="sm">{text.notShown}</Text>;
  return (
    <div>
      <div
        ref={frame}
        className={backdrop === null ? 'compare board' : 'compare'}
        style={backdrop === null ? undefined : { backgroundColor: backdrop }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: moved and zoomed with keys
        tabIndex={0}
        role="application"
        aria-label={text.picture}
        onKeyDown={press}
        onPointerDown={capture}
        onPointerMove={drag}
      >
        {after === null ? (
          <Loader className="centred" aria-label={text.loading} />
        ) : (
          <Layer
            side={after}
            placement={placement}
            from={before === null ? 0 : share}
            to={100}
            onUnreadable={giveUp(after.url)}
          />
        )}
        {before !== null && (
          <>
            <Layer side={before} placement={placement} from={0} to={share} onUnreadable={giveUp(before.url)} />
            <div className="divider" style={{ left: `${share}%` }} onPointerDown={capture} onPointerMove={drawLine} />
            <span className="corner" style={{ left: 8 }}>
              {before.name}
            </span>
            {after !== null && (
              <span className="corner" style={{ right: 8 }}>
                {after.name}
              </span>
            )}
          </>
        )}
      </div>
      {before !== null && <Slider mt="sm" value={share} onChange={setShare} label={null} thumbLabel={text.divider} />}
      <Group gap="xs" mt="sm">
        <Button size="compact-sm" variant="default" aria-label={text.zoomIn} onClick={() => zoom(STEP)}>
          +
        </Button>
        <Button size="compact-sm" variant="default" aria-label={text.zoomOut} onClick={() => zoom(1 / STEP)}>
          −
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => setPlacement(WHOLE)}>
          {text.zoomReset}
        </Button>
        <SegmentedControl
          size="xs"
          aria-label={text.backdrop}
          value={backdrop === null ? 'board' : 'colour'}
          onChange={(value) => setBackdrop(value === 'board' ? null : '#ffffff')}
          data={[
            { value: 'board', label: text.board },
            { value: 'colour', label: text.backdropColour },
          ]}
        />
        {backdrop !== null && (
          <ColorInput
            size="xs"
            w={130}
            aria-label={text.backdropColour}
            format="hex"
            value={backdrop}
            onChange={setBackdrop}
            withEyeDropper={false}
          />
        )}
      </Group>
      {before !== null && (
        <Text size="xs" className="hint" mt={4}>
          {text.dividerHint}
        </Text>
      )}
    </div>
  );
}

type KeyAct = { zoom: number; x?: never; y?: never } | { zoom?: never; x: number; y: number };
const KEYS: Readonly<Record<string, KeyAct>> = {
  '+': { zoom: STEP },
  '=': { zoom: STEP },
  '-': { zoom: 1 / STEP },
  ArrowLeft: { x: NUDGE, y: 0 },
  ArrowRight: { x: -NUDGE, y: 0 },
  ArrowUp: { x: 0, y: NUDGE },
  ArrowDown: { x: 0, y: -NUDGE },
};

function capture(event: PointerEvent) {
  event.stopPropagation();
  event.currentTarget.setPointerCapture(event.pointerId);
}

interface LayerProps {
  side: Side;
  placement: Placement;
  /** The part of the frame's width it is shown in, in percent. */
  from: number;
  to: number;
  onUnreadable: () => void;
}

/** The frame is clipped and not the picture, so that the line stays where it is while the picture moves. */
function Layer({ side: { url, name }, placement: { scale, x, y }, from, to, onUnreadable }: LayerProps) {
  return (
    <div className="layer" style={{ clipPath: `inset(0 ${100 - to}% 0 ${from}%)` }}>
      <div className="moved" style={{ transform: `translate(${x}px, ${y}px) scale(${scale})` }}>
        <img src={url} alt={name} draggable={false} onError={onUnreadable} />
      </div>
    </div>
  );
}
