/**
 * Keeps child processes running: each is restarted when it ends unasked, with growing pauses; one that cannot be kept up
 * (five ends within a minute) brings everything down. All children hold a channel to this process and leave when it closes,
 * so that even a SIGKILL here leaves nothing behind.
 *
 *   starting ──ready──▶ running ──exit──▶ waiting ──▶ starting …      any ──stop──▶ stopped
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const READY_MS = 120_000;

export class Supervisor {
  #children = [];
  #stopping = false;

  constructor({ say, onGiveUp }) {
    this.say = say;
    this.onGiveUp = onGiveUp;
  }

  /**
   * Starts a child and waits until it is ready: by its `{ type: 'ready' }` message, or by `ready()` answering true.
   * Resolves to that message (or null). `args` are Node's; output goes to the file `log`.
   */
  async start({ name, args, env, log, ready }) {
    const entry = { name, args, env, log, ready, ends: [], child: undefined };
    this.#children.push(entry);
    return this.#launch(entry);
  }

  async #launch(entry) {
    const output = openSync(entry.log, 'a', 0o600);
    const child = spawn(process.execPath, entry.args, {
      env: { ...process.env, ...entry.env },
      stdio: ['ignore', output, output, 'ipc'],
      // A process group of its own: Ctrl-C reaches us alone, and we stop the children in order.
      detached: true,
    });
    closeSync(output);
    entry.child = child;
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    const message = await Promise.race([this.#whenReady(entry, child), ended.then(() => undefined)]);
    if (message === undefined) {
      throw new Error(`${entry.name} ended before it was ready:\n${tail(entry.log)}`);
    }
    void ended.then((how) => this.#restart(entry, how));
    return message;
  }

  #whenReady(entry, child) {
    if (!entry.ready) {
      return new Promise((resolve) => child.on('message', (message) => message?.type === 'ready' && resolve(message)));
    }
    return (async () => {
      const deadline = Date.now() + READY_MS;
      while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
        if (await entry.ready()) return null;
        await wait(50);
      }
      return undefined;
    })();
  }

  async #restart(entry, how) {
    if (this.#stopping) return;
    const now = Date.now();
    entry.ends = [...entry.ends.filter((at) => at > now - 60_000), now];
    this.say(`${entry.name} ended (${how}); starting it again`);
    if (entry.ends.length >= 5) return this.onGiveUp(new Error(`${entry.name} keeps ending:\n${tail(entry.log)}`));
    await wait(500 * entry.ends.length);
    if (this.#stopping) return;
    try {
      await this.#launch(entry);
      this.say(`${entry.name} is back`);
    } catch {
      await this.#restart(entry, 'did not start');
    }
  }

  /** Stops the children, the last started first, each with `graceMs` to finish. */
  async stop(graceMs = 30_000) {
    this.#stopping = true;
    for (const { child } of this.#children.reverse()) {
      if (!child || child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    }
  }
}

/** The last lines of a log file. */
function tail(path, lines = 20) {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
