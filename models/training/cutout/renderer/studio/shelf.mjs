/** One thing in twelve is seen only in the validation split, decided by its name. */
export function isHeldBack(name) {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return hash % 12 === 0;
}
