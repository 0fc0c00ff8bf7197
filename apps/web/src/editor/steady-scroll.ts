import { type RefObject, useLayoutEffect, useRef, useState } from 'react';
import type { Spot } from '../gesture/pinch';

type Element = RefObject<HTMLElement | null>;

interface Held {
  /** Where on the sheet, as shares of its sides. */
  share: Spot;
  /** Where on the screen that is to be. */
  to: Spot;
}

/**
 * Scrolls `frame` so that what lies below `from` on `sheet` lies below `to`, once the sheet has its next size. From `begin` on it is
 * the same spot that is held, however often it is moved before the sheet is drawn, or while there is nothing to scroll yet.
 */
export function useSteadyScroll(frame: Element, sheet: Element) {
  const spot = useRef<Spot | null>(null);
  const [held, setHeld] = useState<Held | null>(null);
  useLayoutEffect(() => {
    const box = sheet.current?.getBoundingClientRect();
    if (held === null || box === undefined) return;
    const { share, to } = held;
    const left = box.left + share[0] * box.width - to[0];
    const top = box.top + share[1] * box.height - to[1];
    frame.current?.scrollBy({ left, top, behavior: 'instant' });
  }, [held, frame, sheet]);
  const begin = () => {
    spot.current = null;
  };
  const hold = (from: Spot, to: Spot) => {
    const box = sheet.current?.getBoundingClientRect();
    if (box === undefined) return;
    spot.current ??= [(from[0] - box.left) / box.width, (from[1] - box.top) / box.height];
    setHeld({ share: spot.current, to });
  };
  return { begin, hold };
}
