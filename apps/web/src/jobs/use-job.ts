import type { ItemView, JobView } from '@packshot/contracts';
import { useCallback, useEffect, useState } from 'react';
import { useServer } from '../server/server';
import { announceJobChange } from './changes';

interface Followed {
  job: JobView | null;
  /** By their place in the job. */
  items: readonly ItemView[];
  error: unknown;
}

/**
 * A job and its items, live, by the stream of events, which says of an item its status and not yet its result. The stream ends
 * with the job, and nothing is asked after that. `follow` begins anew, after a retry for example.
 */
export function useJob(id: string): Followed & { follow: () => void } {
  const { packshot } = useServer();
  const [state, setState] = useState<Followed>({ job: null, items: [], error: null });
  const [round, setRound] = useState(0);

  useEffect(() => {
    const gone = new AbortController();
    const { signal } = gone;
    const put = (change: (before: Followed) => Partial<Followed>) => {
      if (!signal.aborted) setState((before) => ({ ...before, ...change(before) }));
    };
    const loadItems = async () => {
      const items: ItemView[] = [];
      for await (const item of packshot.jobs.items(id, {}, { signal })) items.push(item);
      put(() => ({ items }));
    };
    const follow = async () => {
      const job = await packshot.jobs.get(id, { signal });
      put(() => ({ job, error: null }));
      await loadItems();
      for await (const event of packshot.jobs.events(id, { signal })) {
        if (event.type === 'progress') put(({ job }) => ({ job: job && { ...job, ...event.data } }));
        else if (event.type === 'item') put(({ items }) => ({ items: merged(items, event.data) }));
        else {
          put(() => ({ job: event.data }));
          announceJobChange();
          // What ended between the first look and the stream is told by no event.
          await loadItems();
        }
      }
      const ended = await packshot.jobs.get(id, { signal });
      put(() => ({ job: ended }));
    };
    follow().catch((error: unknown) => put(() => ({ error })));
    return () => gone.abort();
  }, [packshot, id, round]);

  const follow = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, follow };
}

function merged(items: readonly ItemView[], told: Pick<ItemView, 'id'> & Partial<ItemView>): readonly ItemView[] {
  return items.map((item) => (item.id === told.id ? { ...item, ...told } : item));
}

/** With its result, which the stream does not tell: asked for once, and only of the item that is looked at. */
export function useWholeItem(jobId: string, item: ItemView): ItemView {
  const { packshot } = useServer();
  const [whole, setWhole] = useState<ItemView | null>(null);
  const lacksResult = item.status === 'succeeded' && item.result === null;
  useEffect(() => {
    if (!lacksResult) return;
    const gone = new AbortController();
    // Without it the end of the job brings the result.
    packshot.jobs.item(jobId, item.id, { signal: gone.signal }).then(setWhole, () => undefined);
    return () => gone.abort();
  }, [packshot, jobId, item.id, lacksResult]);
  return lacksResult && whole?.id === item.id ? whole : item;
}
