#!/usr/bin/env node
import { run } from './run';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());

const { env, stdout, stderr } = process;
void run(process.argv.slice(2), { env, stdout, stderr, signal: interrupt.signal }).then((code) => {
  process.exitCode = code;
});
