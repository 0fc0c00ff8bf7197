import type { Logger } from './logger';

/** What a check of a backend found; `refuse`: with it, work must not begin. */
interface Finding {
  severity: 'refuse' | 'warn';
  message: string;
}

/** The backends are not fit to work with; says everything that is wrong with them. */
export class StartRefused extends Error {
  constructor(readonly reasons: readonly string[]) {
    super(`This cannot start:\n${reasons.map((reason) => `  ${reason}`).join('\n')}`);
    this.name = 'StartRefused';
  }
}

/** Logs what is to be known and throws StartRefused with all that forbids a start; with `lenient` that is logged too. */
export function reportFindings(findings: readonly Finding[], options: { logger: Logger; lenient: boolean }): void {
  const refused = options.lenient ? [] : findings.filter(({ severity }) => severity === 'refuse');
  for (const finding of findings) if (!refused.includes(finding)) options.logger.warn(finding.message);
  if (refused.length > 0) throw new StartRefused(refused.map(({ message }) => message));
}
