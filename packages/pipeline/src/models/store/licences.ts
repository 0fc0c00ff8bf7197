import { AppError } from '@packshot/contracts';
import { z } from 'zod';
import type { ModelRecord } from '../record';
import { readJson, writeJson } from './durable-file';
import { withLock } from './lock';
import { layout } from './store-layout';

const acceptances = z.object({
  accepted: z.array(z.object({ model: z.string(), licence: z.string(), accepted_at: z.string() })),
});

type Licensed = Pick<ModelRecord, 'id' | 'licence'>;

/** Whether a model may be used here: its licence asks for no acceptance, or was accepted by name for this model. */
export async function licenceAccepted(store: string, { id, licence }: Licensed): Promise<boolean> {
  if (!licence.accept) return true;
  const known = await readJson(layout.licences(store), acceptances);
  return known?.accepted.some((entry) => entry.model === id && sameLicence(entry.licence, licence.spdx)) ?? false;
}

/**
 * Records that a model's licence is accepted, if it is among `names`; nothing to do where none need be or it was before.
 * @throws licence_not_accepted, naming the licence and how to accept it
 */
export async function requireLicence(store: string, record: Licensed, names: readonly string[]): Promise<void> {
  const { id, licence } = record;
  if (await licenceAccepted(store, record)) return;
  if (!names.some((name) => sameLicence(name, licence.spdx))) {
    const terms = licence.commercial ? licence.spdx : `${licence.spdx}, which allows no commercial use`;
    const note = licence.note ? ` ${licence.note}` : '';
    throw new AppError(
      'licence_not_accepted',
      `The model ${id} is under ${terms}.${note} If you accept that: --accept-license ${licence.spdx}`,
    );
  }
  await withLock(layout.lock(store, 'licences'), async () => {
    const known = (await readJson(layout.licences(store), acceptances))?.accepted ?? [];
    const entry = { model: id, licence: licence.spdx, accepted_at: new Date().toISOString() };
    await writeJson(layout.licences(store), { accepted: [...known, entry] });
  });
}

/** `AGPL-3.0` is the older SPDX name of `AGPL-3.0-only`; people type either, in either case. */
function sameLicence(a: string, b: string): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/-only$/, '');
  return plain(a) === plain(b);
}
