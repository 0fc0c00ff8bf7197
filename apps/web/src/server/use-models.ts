import type { ModelView } from '@packshot/contracts';
import { useEffect, useState } from 'react';
import { useServer } from './server';

/** What the workers have; null while it is not known, for example because no worker is alive. */
export function useModels(): ModelView[] | null {
  const { packshot } = useServer();
  const [models, setModels] = useState<ModelView[] | null>(null);
  useEffect(() => {
    const gone = new AbortController();
    packshot.models.list({ signal: gone.signal }).then(
      ({ as_of, models }) => setModels(as_of === null ? null : models),
      () => setModels(null),
    );
    return () => gone.abort();
  }, [packshot]);
  return models;
}

/** Those that can be used for a task as they are. */
export function usable(models: readonly ModelView[] | null, task: string): ModelView[] {
  return (models ?? []).filter((model) => model.task === task && model.installed && model.licence.accepted);
}
