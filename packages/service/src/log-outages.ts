import type { EventEmitter } from 'node:events';
import type { Logger } from './logger';

/**
 * Logs that a connection is away, once, and that it is back. Clients report every failed try to connect, some twice a second;
 * without a listener each would be printed, or end the process.
 */
export function logOutages(connection: EventEmitter, name: string, logger: Logger): void {
  let away = false;
  connection.on('error', (error: Error) => {
    if (!away) logger.warn(`${name} is away`, { error });
    away = true;
  });
  connection.on('ready', () => {
    if (away) logger.info(`${name} is back`);
    away = false;
  });
}
