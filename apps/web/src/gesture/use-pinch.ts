import { type RefObject, useEffect, useRef } from 'react';
import { type Pinch, pinchOf, type Spot } from './pinch';

interface Handlers {
  /** The second finger is down: what the first has begun was not meant. */
  onBegin?: () => void;
  onPinch: (pinch: Pinch) => void;
}

/** Two fingers on an element. Until both are gone nobody else hears of them; one finger alone is left to others. */
export function usePinch(element: RefObject<HTMLElement | null>, handlers: Handlers): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const fingers = new Map<number, Spot>();
    let pinching = false;

    const hear = (event: PointerEvent) => {
      if (event.pointerType !== 'touch') return;
      const { pointerId } = event;
      const before = bothOf(fingers);
      if (event.type === 'pointerdown' || fingers.has(pointerId))
        fingers.set(pointerId, [event.clientX, event.clientY]);
      const now = bothOf(fingers);
      if (event.type === 'pointerdown' && now !== null) {
        pinching = true;
        latest.current.onBegin?.();
      } else if (event.type === 'pointermove' && before !== null && now !== null) {
        latest.current.onPinch(pinchOf(before, now));
      } else if (event.type === 'pointerup' || event.type === 'pointercancel') fingers.delete(pointerId);
      if (pinching) event.stopPropagation();
      if (fingers.size === 0) pinching = false;
    };
    const kinds = ['pointerdown', 'pointermove', 'pointerup', 'pointercancel'] as const;
    // On the way down, before those that drag and draw.
    for (const kind of kinds) target.addEventListener(kind, hear, true);
    return () => {
      for (const kind of kinds) target.removeEventListener(kind, hear, true);
    };
  }, [element]);
}

function bothOf(fingers: ReadonlyMap<number, Spot>): readonly [Spot, Spot] | null {
  const [one, other] = fingers.values();
  return fingers.size === 2 && one && other ? [one, other] : null;
}
