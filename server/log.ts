import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

/** `auto` is pretty if the log goes to a terminal, and JSON otherwise. */
export type LogFormat = 'auto' | 'pretty' | 'json';

const STDERR = 2;

/**
 * The log: one line per entry on stderr, because stdout is for output that a person or a script asked for. JSON, or
 *
 *   [2026-11-24 07:05:00] WARN: a key was refused {"requestId":"0b7e…","address":"192.0.2.7", …}
 *
 * `auto` looks at stderr, not at stdout: `2>log.json` is for programs. What carries secrets
 * is removed from every object; paths are logged without their query. Lines about a request have its `requestId`.
 * Tests pass `out` to read the log.
 */
export const makeLog = (level: string, format: LogFormat = 'json', out?: Writable & { isTTY?: boolean }): Logger => {
  const isTerminal = out ? out.isTTY === true : isatty(STDERR);
  return pino(
    {
      level,
      base: null,
      redact: {
        paths: ['*.authorization', '*["x-api-key"]', '*.key', '*.claim', '*.cookie', '*["set-cookie"]'],
        censor: '[redacted]',
      },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    format === 'pretty' || (format === 'auto' && isTerminal)
      ? pretty({
          destination: out ?? STDERR,
          sync: true,
          colorize: isTerminal,
          translateTime: 'SYS:yyyy-mm-dd HH:MM:ss',
          singleLine: true,
        })
      : (out ?? pino.destination({ fd: STDERR, sync: true })),
  );
};
