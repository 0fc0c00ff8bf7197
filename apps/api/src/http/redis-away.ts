/** Answers of a Redis that is there but cannot serve: starting up, read-only, full, without a master, or closed to us. */
const CANNOT_SERVE =
  /^(LOADING|READONLY|OOM|MISCONF|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|NOAUTH|WRONGPASS|NOPERM|NOREPLICAS|EXECABORT)\b/;

/** What the client says of a connection that is not there; it has neither classes nor codes for these. */
const NO_CONNECTION = /^(Connection is closed\.|Stream isn't writeable|Command timed out|Socket timeout)/;

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH']);

/** Whether an error means that Redis cannot be used now, rather than that we used it wrongly. */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'MaxRetriesPerRequestError') return true;
  if (error.name === 'ReplyError') return CANNOT_SERVE.test(error.message);
  const { code } = error as NodeJS.ErrnoException;
  return NO_CONNECTION.test(error.message) || (code !== undefined && NETWORK.has(code));
}
