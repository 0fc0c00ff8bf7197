import { join } from 'node:path';
import type { FittingChange } from '../models/fit-picture';
import type { Network } from '../models/network';
import { createPace, type Pace, type Raster } from '../pixels';
import { type Embedding, embeddingName, encode } from './embedding';
import { readEmbedding, writeEmbedding } from './embedding-file';

type EmbeddingOrigin = 'computed' | 'memory' | 'folder';

/** Embeddings of photos, for the stages of one run. */
export interface Embeddings {
  /** @throws out_of_memory, model_mismatch, storage_error */
  of(
    network: Network,
    colour: Raster,
    change: FittingChange,
    pace: Pace,
  ): Promise<{ embedding: Embedding; origin: EmbeddingOrigin }>;
}

/** A user clicks on few photos at a time. One embedding of the SAM 2.1 models is 17 MB. */
const MOST_IMAGES = 4;
const MOST_BYTES = 80e6;

interface Held {
  embedding: Promise<Embedding>;
  bytes: number;
}

/** The embeddings that one process holds: those used last. Two prompts on one photo at a time share one run of the encoder. */
export class EmbeddingCache {
  private readonly held = new Map<string, Held>();

  constructor(
    private readonly limits: { images: number; bytes: number } = { images: MOST_IMAGES, bytes: MOST_BYTES },
  ) {}

  /** `folder`: files of earlier processes are read there, and new ones written; null: memory only. `owner`: who alone is served. */
  forRun(folder: string | null, owner: string): Embeddings {
    return {
      of: async (network, colour, change, pace) => {
        const name = await embeddingName(network, colour, change, pace);
        const key = `${owner}/${name}`;
        const known = this.held.get(key);
        if (known !== undefined) {
          this.held.delete(key);
          this.held.set(key, known);
          return { embedding: await known.embedding, origin: 'memory' };
        }
        let origin: EmbeddingOrigin = 'folder';
        const obtain = async (): Promise<Embedding> => {
          const path = folder === null ? null : join(folder, `${name}.bin`);
          const found = path === null ? null : await readEmbedding(path, network);
          if (found !== null) return found;
          origin = 'computed';
          // Others may be waiting for this embedding: the abort of one run is not theirs.
          const made = await encode(network, colour, change, createPace(new AbortController().signal));
          if (path !== null) await writeEmbedding(path, made);
          return made;
        };
        return { embedding: await this.hold(key, obtain()), origin };
      },
    };
  }

  private async hold(key: string, embedding: Promise<Embedding>): Promise<Embedding> {
    const entry: Held = { embedding, bytes: 0 };
    this.held.set(key, entry);
    try {
      const made = await embedding;
      entry.bytes = made.reduce((sum, { data }) => sum + data.byteLength, 0);
      this.dropOldest();
      return made;
    } catch (error) {
      this.held.delete(key);
      throw error;
    }
  }

  private dropOldest(): void {
    let bytes = [...this.held.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [key, entry] of this.held) {
      if (this.held.size <= this.limits.images && bytes <= this.limits.bytes) return;
      this.held.delete(key);
      bytes -= entry.bytes;
    }
  }
}
