import { useEffect, useState } from 'react';

type Loaded = { url: string | null; error: unknown };
const NOTHING: Loaded = { url: null, error: null };

/** An address for `<img>` of what `load` gives, for as long as it is shown; `load` must stay the same while the picture does. */
export function useObjectUrl(load: ((signal: AbortSignal) => Promise<Blob>) | null): Loaded {
  const [loaded, setLoaded] = useState(NOTHING);
  useEffect(() => {
    setLoaded(NOTHING);
    if (load === null) return;
    const gone = new AbortController();
    let url: string | null = null;
    load(gone.signal).then(
      (blob) => {
        if (gone.signal.aborted) return;
        url = URL.createObjectURL(blob);
        setLoaded({ url, error: null });
      },
      (error: unknown) => !gone.signal.aborted && setLoaded({ url: null, error }),
    );
    return () => {
      gone.abort();
      if (url !== null) URL.revokeObjectURL(url);
    };
  }, [load]);
  return loaded;
}
