import type { ItemView } from '@packshot/contracts';
import { createContext, useContext, useMemo, useState } from 'react';
import { useServer } from '../server/server';

/** The photos that were sent from this tab: what is at hand need not be fetched. */
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

/** Loads the photo of an item, from this tab or from the server, which has none of what was named by its address. */
export function useOriginal(jobId: string, item: ItemView): (signal?: AbortSignal) => Promise<File> {
  const { packshot } = useServer();
  const sent = useOriginals().find(jobId, item.index);
  const { id } = item;
  const name = item.input.name ?? id;
  return useMemo(
    () => async (signal) => {
      if (sent !== null) return sent;
      const answer = await packshot.jobs.original(jobId, id, { signal });
      return new File([await answer.blob()], name, { type: answer.headers.get('content-type') ?? '' });
    },
    [packshot, sent, jobId, id, name],
  );
}
