import { useState } from 'react';

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
}

export const begin = <T>(present: T): History<T> => ({ past: [], present, future: [] });

/** What was undone is gone with the next step. */
export const step = <T>({ past, present }: History<T>, next: T): History<T> => ({
  past: [...past, present],
  present: next,
  future: [],
});

export function undo<T>(history: History<T>): History<T> {
  const present = history.past.at(-1);
  if (present === undefined) return history;
  return { past: history.past.slice(0, -1), present, future: [history.present, ...history.future] };
}

export function redo<T>(history: History<T>): History<T> {
  const [present, ...future] = history.future;
  if (present === undefined) return history;
  return { past: [...history.past, history.present], present, future };
}

/** Every step as `change` makes it anew: what they have become, not what was done. */
export function amend<T>({ past, present, future }: History<T>, change: (step: T) => T): History<T> {
  return { past: past.map(change), present: change(present), future: future.map(change) };
}

export function useHistory<T>(initial: T) {
  const [history, setHistory] = useState(() => begin(initial));
  return {
    present: history.present,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    step: (change: (present: T) => T) => setHistory((now) => step(now, change(now.present))),
    amend: (change: (one: T) => T) => setHistory((now) => amend(now, change)),
    undo: () => setHistory(undo),
    redo: () => setHistory(redo),
    begin: () => setHistory(begin(initial)),
  };
}
