import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * The log: JSON lines on stderr, because stdout is for output that a person or a script asked for. Headers that carry
 * keys are removed from every object; paths are logged without their query.
 */
export const makeLog = (level: string): Logger =>
  pino(
    {
      level,
      base: null,
      redact: { paths: ['*.authorization', '*["x-api-key"]', '*.key', '*.cookie'], censor: '[redacted]' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ fd: 2, sync: true }),
  );
