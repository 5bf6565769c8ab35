/** The daemon's lines: for a person, or JSON for a program. */
import { isTerminal } from '../../cli/terminal.ts';
import type { Writable } from 'node:stream';
import type { Logger } from 'pino';

export type { Logger };
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/**
 *   2026-11-24 07:05:00  pushed 12 new events of aw-watcher-window
 *   {"level":"info","time":"2026-11-24T07:05:00.000Z","pushed":[…],"msg":"pushed 12 new events of aw-watcher-window"}
 */
export const makeLog = async (stream: Writable, format: LogFormat, colour: boolean): Promise<Logger> => {
  // Loaded by the daemon alone: it was a tenth of what a pass loads.
  const { default: pino } = await import('pino');
  const options = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  };
  if (format === 'json') return pino(options, stream);
  const { default: pretty } = await import('pino-pretty');
  const lines = pretty({
    destination: stream,
    colorize: colour && isTerminal(stream),
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss',
    hideObject: true,
    messageFormat: (line, key) => String(line[key]),
    customPrettifiers: {
      time: (time) => String(time),
      level: (level) => (String(level) === 'info' ? '' : String(level)),
    },
  });
  return pino(options, lines);
};
