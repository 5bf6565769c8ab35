import { isTerminal, plain } from '../../cli/terminal.ts';
import type { Writable } from 'node:stream';
import type { SingleBar } from 'cli-progress';
import type { Progress } from '../sync/report.ts';

type ProgressBar = { readonly update: ((progress: Progress) => void) | undefined; stop(): void };

const WORDS = { push: 'pushing', pull: 'pulling', prove: 'comparing' } as const;

/**
 * A progress bar with the remaining time, on stderr if that is a terminal; nothing elsewhere. Removed when the work is
 * done.
 */
const makeProgressBar = async (stream: Writable): Promise<ProgressBar> => {
  if (!isTerminal(stream)) return { update: undefined, stop: () => undefined };
  const {
    default: { Presets, SingleBar },
  } = await import('cli-progress');
  let bar: SingleBar | null = null;
  let showing = '';
  const stop = () => {
    bar?.stop();
    bar = null;
  };
  return {
    update({ phase, bucket, done, total }) {
      const what = `${WORDS[phase]} ${phase === 'pull' ? 'from other devices' : plain(bucket)}`;
      if (what !== showing) {
        stop();
        showing = what;
        // 0 of 0 would show as 100 %.
        const format =
          total === null || total === 0
            ? `${what}  {value} events  {duration_formatted}`
            : `${what}  {bar} {percentage}%  {value}/{total} events  ETA {eta_formatted}`;
        bar = new SingleBar(
          { format, stream: stream as NodeJS.WriteStream, clearOnComplete: true, hideCursor: true },
          Presets.rect,
        );
        bar.start(Math.max(total ?? 0, done), 0);
      }
      if (bar && done > bar.getTotal()) bar.setTotal(done);
      bar?.update(done);
    },
    stop,
  };
};

/** Shows a progress bar while the work runs. */
export const withProgress = async <T>(
  stream: Writable,
  work: (onProgress: ((progress: Progress) => void) | undefined) => Promise<T>,
): Promise<T> => {
  const bar = await makeProgressBar(stream);
  try {
    return await work(bar.update);
  } finally {
    bar.stop();
  }
};
