/** What a check found. `advice`: what to do about it. */
export interface Finding {
  what: string;
  state: 'ok' | 'warn' | 'bad';
  detail: string;
  advice?: string;
}

export const ok = (what: string, detail: string): Finding => ({ what, state: 'ok', detail });
export const warn = (what: string, detail: string, advice: string): Finding => ({
  what,
  state: 'warn',
  detail,
  advice,
});
export const bad = (what: string, detail: string, advice: string): Finding => ({ what, state: 'bad', detail, advice });
