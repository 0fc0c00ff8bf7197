import winston from 'winston';
import { currentLogFields } from './log-fields';

export type Logger = winston.Logger;

const { combine, timestamp, json, errors, printf } = winston.format;

/** Errors given as a field keep their message, code and stack. */
const spelledErrors = winston.format((info) => {
  for (const [name, value] of Object.entries(info)) {
    if (value instanceof Error) info[name] = spell(value);
  }
  return info;
});

function spell(error: Error): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    stack: error.stack,
    ...(error.cause instanceof Error && { cause: spell(error.cause) }),
  };
}

const text = printf(({ timestamp: at, level, service, message, ...fields }) => {
  const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
  return `${at} ${level} ${service} ${message}${rest}`;
});

/**
 * Log lines go to standard error, so that standard output stays free for what a command prints. They have the fields of the
 * work they are logged in (`withLogFields`).
 */
export function createLogger(options: { name: string; level: string; format: 'json' | 'text' }): Logger {
  const logger = winston.createLogger({
    level: options.level,
    format: combine(timestamp(), errors({ stack: true }), spelledErrors(), options.format === 'json' ? json() : text),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
  // Read when a line is logged: formats may run later, when other work is going on.
  Object.defineProperty(logger, 'defaultMeta', { get: () => ({ service: options.name, ...currentLogFields() }) });
  return logger;
}
