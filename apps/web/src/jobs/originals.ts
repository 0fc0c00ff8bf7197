import { createContext, useContext, useState } from 'react';

/** The photos that were sent from this tab: the server gives originals back only in archives. */
interface Originals {
  keep(jobId: string, files: readonly File[]): void;
  /** By the item's place in the job. */
  find(jobId: string, index: number): File | null;
}

function createOriginals(): Originals {
  const sent = new Map<string, readonly File[]>();
  return {
    keep: (jobId, files) => void sent.set(jobId, files),
    find: (jobId, index) => sent.get(jobId)?.[index] ?? null,
  };
}

export function useOriginalsStore(): Originals {
  return useState(createOriginals)[0];
}

const OriginalsContext = createContext<Originals>(createOriginals());
export const OriginalsProvider = OriginalsContext.Provider;
export const useOriginals = () => useContext(OriginalsContext);
