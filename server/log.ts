import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * The one log: JSON lines on stderr, stdout being for what a person or a script asked. Headers that carry keys are
 * taken out wherever an object holds them; paths are logged without their query.
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
