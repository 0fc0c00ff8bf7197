import { type RefObject, useLayoutEffect, useState } from 'react';
import type { Spot } from '../gesture/pinch';

type Element = RefObject<HTMLElement | null>;

interface Held {
  /** Where on the sheet, as shares of its sides. */
  share: Spot;
  /** Where on the screen that is to be. */
  to: Spot;
}

/** Scrolls `frame` so that what lies below `from` on `sheet` lies below `to`, once the sheet has its next size. */
export function useSteadyScroll(frame: Element, sheet: Element): (from: Spot, to: Spot) => void {
  const [held, setHeld] = useState<Held | null>(null);
  useLayoutEffect(() => {
    const box = sheet.current?.getBoundingClientRect();
    if (held === null || box === undefined) return;
    const { share, to } = held;
    const left = box.left + share[0] * box.width - to[0];
    const top = box.top + share[1] * box.height - to[1];
    frame.current?.scrollBy({ left, top, behavior: 'instant' });
  }, [held, frame, sheet]);
  return (from, to) => {
    const box = sheet.current?.getBoundingClientRect();
    if (box === undefined) return;
    setHeld({ share: [(from[0] - box.left) / box.width, (from[1] - box.top) / box.height], to });
  };
}
