import { type ServerOptions, serverUrl } from '../connect';
import type { Context } from '../context';
import { IncompleteError } from '../exit-codes';
import type { Finding } from './check';
import { checkMachine } from './machine';
import { checkModels } from './models';
import { checkProviders } from './providers';
import { askServer, checkServer } from './server';
import { checkStart } from './start';

const SIGNS = { ok: 'ok  ', warn: 'warn', bad: 'BAD ' } as const;

/** Looks at everything Packshot needs, and says what to do about what is missing. Changes nothing. */
export async function examine(context: Context, options: ServerOptions): Promise<void> {
  const { config, env, output, signal } = context;
  const url = serverUrl(context, options);
  const health = await askServer(url, signal);
  const findings = [
    ...checkMachine(),
    ...checkServer(url, health, options.url !== undefined || Boolean(env.PACKSHOT_URL)),
    // What a server would find here, where none runs yet.
    ...(health === null ? await checkStart(url, env) : []),
    ...(await checkModels(config)),
    ...(await checkProviders(config)),
  ];
  const lines = findings.map(
    ({ what, state, detail, advice }) => `${SIGNS[state]}  ${what}: ${detail}${adviceText(advice)}`,
  );
  const bad = findings.filter(({ state }) => state === 'bad').length;
  output.result({ ok: bad === 0, findings }, lines.join('\n'));
  if (bad > 0) throw new IncompleteError(`${bad} of ${findings.length} checks failed.`);
}

function adviceText(advice: Finding['advice']): string {
  return advice === undefined ? '' : `\n      ${advice}`;
}
