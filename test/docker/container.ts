/** Runs what an image says, as an engine would. Where the tests may, it is process 1 of a namespace of its own. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Ended, Processes, Running } from '../support/processes.ts';
import { envOf, mapped, type Image } from './image.ts';

export type Container = {
  readonly main: Running;
  /** Whether it runs as process 1, as it does in a container. */
  readonly isPidOne: boolean;
  /** As `docker exec` does: another process beside it, of the same user and with the same variables, and these. */
  exec(words: readonly string[], env?: Record<string, string>): Promise<Ended>;
  /** As `docker stop` does, without the end of its patience. */
  stop(): Promise<Ended>;
};

/** The signals that process 1 has no listener for are lost: only there does it show. It takes root, and Linux. */
const UNSHARE = ['unshare', '--pid', '--fork', '--kill-child'];
const canBePidOne = (): boolean =>
  process.getuid?.() === 0 && spawnSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'true']).status === 0;

const asUser = ({ identity: { uid, gid } }: Image): string[] =>
  uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];

/** Starts a container with these variables and arguments beside the image's own. */
export const runImage = (
  image: Image,
  processes: Processes,
  given: Record<string, string> = {},
  args: readonly string[] = [],
): Container => {
  const start = (before: readonly string[], words: readonly string[], env: Record<string, string>): Running =>
    processes.program([...before, ...asUser(image), ...words.map((word) => mapped(word, image))], {
      cwd: image.at(image.workdir),
      env: { ...envOf(image), HOME: image.at(`/home/${image.user}`), ...given, ...env },
    });
  const isPidOne = canBePidOne();
  const main = start(isPidOne ? UNSHARE : [], [...image.entrypoint, ...args], {});
  /** Behind `unshare`, which passes no signal on, is the process that we mean. */
  const inside = (): number => {
    const { pid } = main.child;
    return isPidOne ? Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10) : pid!;
  };
  return {
    main,
    isPidOne,
    exec: (words, env = {}) => start([], words, env).ended,
    stop: () => {
      process.kill(inside(), image.stopSignal);
      return main.ended;
    },
  };
};
