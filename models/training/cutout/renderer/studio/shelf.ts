/** Which renders to make: of what is trained on, or of what is held back for validation. */
export type Split = 'train' | 'val';

/** One thing in twelve is seen only in the validation split, decided by its name. */
export function isHeldBack(name: string): boolean {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return hash % 12 === 0;
}
