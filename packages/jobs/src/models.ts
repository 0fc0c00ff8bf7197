import type { ModelFacts, ModelList, ModelView } from '@packshot/contracts';
import type { JobStore } from './job-store';
import { listWorkers, type WorkerReport } from './workers';

/** The models that a worker knows, and when it looked. */
interface Catalogue {
  as_of: string;
  models: ModelFacts[];
}

/** A catalogue outlives its worker's sign of life; it is read only while there is one. */
const LIFETIME_SECONDS = 120;

export async function publishModels(store: JobStore, workerId: string, models: readonly ModelFacts[]): Promise<void> {
  const catalogue = { as_of: new Date().toISOString(), models };
  await store.redis.set(store.keys.workerModels(workerId), JSON.stringify(catalogue), 'EX', LIFETIME_SECONDS);
}

/**
 * The models of all workers that are alive. One is installed, or its licence accepted, when that is so on any of them: which
 * worker an item meets is not decided by its models.
 */
export async function listModels(store: JobStore): Promise<ModelList> {
  const workers = await listWorkers(store);
  if (workers.length === 0) return { as_of: null, models: [] };
  const texts = await store.redis.mget(workers.map(({ id }) => store.keys.workerModels(id)));
  const catalogues = texts.flatMap((text) => (text ? [JSON.parse(text) as Catalogue] : []));
  const merged = new Map<string, ModelFacts>();
  for (const facts of catalogues.flatMap(({ models }) => models))
    merged.set(facts.id, merge(facts, merged.get(facts.id)));
  return {
    as_of:
      catalogues
        .map(({ as_of }) => as_of)
        .sort()
        .at(-1) ?? null,
    models: [...merged.values()].map((facts): ModelView => ({ ...facts, loaded: loadedOn(facts.id, workers) })),
  };
}

function merge(facts: ModelFacts, other: ModelFacts = facts): ModelFacts {
  const accepted = facts.licence.accepted || other.licence.accepted;
  return { ...other, licence: { ...other.licence, accepted }, installed: facts.installed || other.installed };
}

function loadedOn(id: string, workers: readonly WorkerReport[]): ModelView['loaded'] {
  const counts = new Map<string, number>();
  for (const { engine } of workers) {
    const providers = engine?.models.filter((model) => model.id === id).map(({ provider }) => provider) ?? [];
    for (const provider of new Set(providers)) counts.set(provider, (counts.get(provider) ?? 0) + 1);
  }
  return [...counts].map(([provider, count]) => ({ provider, workers: count }));
}
