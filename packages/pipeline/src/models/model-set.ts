/**
 * Thrown before any work: what an item needs does not fit beside what is loaded, but this machine could hold it. An engine
 * that starts with `needed: models` will run the item.
 */
export class ModelSetFull extends Error {
  /** `models`: ids of all models that the item needs. */
  constructor(readonly models: readonly string[]) {
    super(`not all of ${models.join(', ')} fit beside the models that are loaded`);
    this.name = 'ModelSetFull';
  }
}
