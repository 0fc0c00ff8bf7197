import { createHash } from 'node:crypto';
import { join } from 'node:path';

/**
 * The folders of a model store:
 *
 *     blobs/sha256/<hex>          every file once, under the checksum of its content
 *     models/<id>/<path>          the same file (a hard link) under the name its graph knows it by
 *     models/<id>/installed.json  written last: without it a model is not installed
 *     registry/<id>.json          records of models that somebody imported under an id of his own
 *     licences.json               which licences were accepted, for which model, when
 *     incoming/<key>.part         what is being fetched; <key>.json says how far it has come and from where
 *     locks/<name>                one process at a time
 */
export const layout = {
  blob: (store: string, sha256: string) => join(store, 'blobs', 'sha256', sha256),
  models: (store: string) => join(store, 'models'),
  model: (store: string, id: string) => join(store, 'models', id),
  file: (store: string, id: string, path: string) => join(store, 'models', id, path),
  installed: (store: string, id: string) => join(store, 'models', id, 'installed.json'),
  record: (store: string, id: string) => join(store, 'registry', `${id}.json`),
  licences: (store: string) => join(store, 'licences.json'),
  incoming: (store: string, key: string) => join(store, 'incoming', `${key}.part`),
  lock: (store: string, name: string) => join(store, 'locks', name),
};

/** What a file is called while it is on its way: its checksum, or, where nobody knows that, its name. */
export function incomingKey(id: string, file: { path: string; sha256: string | null }): string {
  return file.sha256 ?? `unpinned-${createHash('sha256').update(`${id}/${file.path}`).digest('hex')}`;
}
