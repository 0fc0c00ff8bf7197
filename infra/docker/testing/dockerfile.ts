export interface Instruction {
  keyword: string;
  /** `--from=build` is `{ from: 'build' }`. */
  flags: Record<string, string>;
  /** What follows the flags, continued lines joined. */
  text: string;
  line: number;
}

const KEYWORDS = [
  'FROM',
  'ARG',
  'LABEL',
  'ENV',
  'WORKDIR',
  'COPY',
  'RUN',
  'USER',
  'EXPOSE',
  'HEALTHCHECK',
  'CMD',
  'ENTRYPOINT',
];

/** Reads a Dockerfile of the plain kind: no heredocs, no other escape character. Throws on what it does not know. */
export function parseDockerfile(source: string): Instruction[] {
  const instructions: Instruction[] = [];
  let pending: { text: string; line: number } | undefined;
  source.split('\n').forEach((raw, index) => {
    if (/^\s*(#|$)/.test(raw)) return;
    const continued = raw.trimEnd().endsWith('\\');
    const text = (pending?.text ?? '') + (continued ? raw.trimEnd().slice(0, -1) : raw);
    const line = pending?.line ?? index + 1;
    pending = continued ? { text, line } : undefined;
    if (!continued) instructions.push(parseInstruction(text, line));
  });
  if (pending) throw new Error(`line ${pending.line}: the last line is continued`);
  return instructions;
}

function parseInstruction(source: string, line: number): Instruction {
  const match = /^\s*([A-Za-z]+)((?:\s+--[a-z-]+=\S+)*)\s+([\s\S]+)$/.exec(source);
  const keyword = match?.[1]?.toUpperCase() ?? '';
  if (!match || !KEYWORDS.includes(keyword)) throw new Error(`line ${line}: not understood: ${source}`);
  const text = (match[3] ?? '').trim();
  if (text.includes('<<')) throw new Error(`line ${line}: heredocs are not understood`);
  // A health check's options come before its own CMD.
  const flags = Object.fromEntries(
    [...(match[2] ?? '').matchAll(/--([a-z-]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  );
  return { keyword, flags, text, line };
}

/** The pairs of ENV and LABEL: `NAME=value NAME="a value"`. */
export function parsePairs(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g)];
  return Object.fromEntries(pairs.map(([, name, quoted, bare]) => [name, quoted ?? bare ?? '']));
}
