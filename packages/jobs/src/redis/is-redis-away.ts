/** Answers of a Redis that is there but cannot serve: starting up, read-only, full, without a master, or closed to us. */
const CANNOT_SERVE =
  /^(LOADING|READONLY|OOM|MISCONF|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|NOAUTH|WRONGPASS|NOPERM|NOREPLICAS|EXECABORT|MOVED|ASK|UNBLOCKED)\b/;

/** Before Redis 7 an error inside a script is wrapped in one of the script. */
const IN_SCRIPT = /^ERR Error running script .*?: -(?=[A-Z]+ )/s;

/** What the client says of a connection that is not there; it has neither classes nor codes for these. */
const NO_CONNECTION =
  /^(Connection is closed|Connection is aborted|Stream isn't writeable|Cluster isn't ready|Cluster is (ended|disconnect)|Command timed out|Command aborted due to connection close|Socket timeout|None of startup nodes is available|All sentinels are unreachable|Failed to refresh slots cache|Too many Cluster redirections)/;

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH']);

/**
 * Whether an error means that Redis cannot be used now, rather than that we used it wrongly. Holds for a single server,
 * for Sentinel while no master is elected, and for a Cluster while a node fails over.
 */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'MaxRetriesPerRequestError' || error.name === 'ClusterAllFailedError') return true;
  if (error.name === 'ReplyError') return CANNOT_SERVE.test(error.message.replace(IN_SCRIPT, ''));
  const { code } = error as NodeJS.ErrnoException;
  return NO_CONNECTION.test(error.message) || (code !== undefined && NETWORK.has(code));
}

/** A server that was demoted while we were connected; a new connection finds the master. */
export function isReadOnly(error: Error): boolean {
  return /^READONLY\b/.test(error.message.replace(IN_SCRIPT, ''));
}
