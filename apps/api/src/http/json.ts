import { AppError } from '@packshot/contracts';

/** Our requests are four levels deep. A parser fed with millions of brackets blocks the process for seconds. */
const MAX_DEPTH = 32;

/** The value of a JSON text; throws `invalid_json`. */
export function parseJson(text: string, what = 'The body'): unknown {
  if (isDeeperThan(text, MAX_DEPTH)) throw new AppError('invalid_json', `${what} is nested too deeply.`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_json', `${what} is not valid JSON.`, { cause });
  }
}

/** Counts brackets outside strings, in one pass and without memory. */
function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) i = endOfString(text, i);
    else if (char === OPEN_BRACKET || char === OPEN_BRACE) {
      if (++depth > limit) return true;
    } else if (char === CLOSE_BRACKET || char === CLOSE_BRACE) depth--;
  }
  return false;
}

/** Where the string that opens at `from` closes, or the text ends. Strings may hold whole images: the search for quotes is native. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((at - before) % 2 === 0) return at;
  }
  return text.length;
}

const [QUOTE, BACKSLASH, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = Array.from('"\\[]{}', (c) =>
  c.charCodeAt(0),
);
