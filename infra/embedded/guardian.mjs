/**
 * Runs a foreign program (redis-server) so that it never outlives Packshot:
 *
 *   node guardian.mjs COMMAND [ARG…]
 *
 * The guardian holds a channel to the process that started it. When that process ends, however it ends, the channel closes
 * and the program is stopped: politely, then for good after ten seconds.
 */
import { spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const program = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

function stop() {
  program.kill('SIGTERM');
  setTimeout(() => program.kill('SIGKILL'), 10_000).unref();
}

process.on('disconnect', stop);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, stop);
program.on('error', (error) => {
  console.error(`cannot start ${command}: ${error.message}`);
  process.exit(127);
});
program.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
