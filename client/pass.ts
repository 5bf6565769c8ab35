/** Passes and proofs as the commands run them: alone with their state folder, and remembered for `kt-client status`. */
import { isKtError } from '../domain/errors.ts';
import type { KtContext } from './context.ts';
import { makeSelection } from './config/selection.ts';
import type { Config } from './config/settings.ts';
import { baseOf } from './remote/remote-server.ts';
import { sync } from './sync/engine.ts';
import {
  isSameServer,
  noteError,
  noteProof,
  noteReport,
  type Against,
  type Made,
  type PassLog,
  type PassRecord,
} from './status/pass-record.ts';
import type { Ports } from './sync/ports.ts';
import type { ProofReport } from './sync/proof/proof-report.ts';
import type { Progress, Report } from './sync/report.ts';
import { untilStopped } from './sync/wrappers/until-stopped.ts';
import { prove } from './sync/proof/verify.ts';

export type PassOptions = {
  readonly by: PassRecord['by'];
  readonly dryRun?: boolean;
  /** Only pull what the server told of; a whole pass comes in its time. */
  readonly nudged?: boolean;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly stopping?: Stopping | undefined;
};

export type ProofRunOptions = Omit<PassOptions, 'dryRun' | 'nudged'> & {
  readonly repair: boolean;
  readonly allowDeletes?: boolean;
};

/** How the work is to end early: `stop` lets what is in flight come to its end, `cut` does not. */
export type Stopping = { readonly stop: AbortSignal; readonly cut: AbortSignal };

/** What a pass needs, after these settings. */
const portsOf = (context: KtContext, config: Config, stopping?: Stopping): Ports => {
  const { clock, random } = context;
  const state = context.openState(config);
  if (!stopping) return { local: context.makeLocal(config), remote: context.makeRemote(config), state, clock, random };
  const { stop, cut } = stopping;
  const remote = context.makeRemote(config, { cut, sleep: (ms) => context.wait(ms, stop) });
  return untilStopped({ local: context.makeLocal(config, { cut }), remote, state, clock, random }, stop);
};

/** What the passes before left; nothing where that can't be believed, which `kt-client status` says until then. */
const before = async (log: PassLog): Promise<PassRecord | null> => {
  try {
    return await log.load();
  } catch (error) {
    if (isKtError(error, 'invalid')) return null;
    throw error;
  }
};

/** The record only tells: a disk that is full says so where the state is saved. */
const note = async (
  context: KtContext,
  config: Config,
  next: (before: PassRecord | null) => PassRecord,
): Promise<void> => {
  const log = context.openPassLog(config);
  try {
    await log.save(next(await before(log)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
};

type Work<Result> = {
  readonly made: Omit<Made, 'against'>;
  do(): Promise<Result>;
  noted(before: PassRecord | null, made: Made, result: Result): PassRecord;
};

/** The server in force, as far as these settings tell. */
const inForce = ({ remote }: Config): Against => ({ url: baseOf(remote.url), account: null, device: null });

/** The same, with whom it took this device for when the last pass began. */
const taken = async (context: KtContext, config: Config): Promise<Against> => {
  const state = await context.openState(config).load();
  return { ...inForce(config), account: state?.account ?? null, device: state?.deviceId ?? null };
};

/** The record after a pass that failed: of whom it was is only known where one came through to the same address. */
const failed = (earlier: PassRecord | null, made: Omit<Made, 'against'>, config: Config): Made => {
  const against = inForce(config);
  return { ...made, against: earlier?.against && isSameServer(earlier.against, against) ? earlier.against : against };
};

/**
 * Does what needs the state folder for itself, and remembers how it came out. Fails with `conflict`
 * when another has the folder.
 */
const alone = async <Result>(
  context: KtContext,
  config: Config,
  stop: AbortSignal | undefined,
  { made, do: work, noted }: Work<Result>,
): Promise<Result> => {
  const lock = await context.takeLock(config);
  const startedUs = context.clock.nowUs();
  // Who was told to stop knows nothing of the buckets it did not come to.
  const counts = () => !stop?.aborted;
  try {
    const result = await work();
    if (counts()) {
      const against = await taken(context, config);
      await note(context, config, (before) => noted(before, { ...made, against }, result));
    }
    return result;
  } catch (error) {
    if (counts() && isKtError(error))
      await note(context, config, (before) =>
        noteError(before, failed(before, made, config), startedUs, context.clock.nowUs(), error),
      );
    throw error;
  } finally {
    await lock.release();
  }
};

/** One pass; a dry run writes nothing in the state folder, and needs no lock. Fails as `sync` does. */
export const runPass = (
  context: KtContext,
  config: Config,
  { by, dryRun = false, nudged = false, onProgress, stopping }: PassOptions,
): Promise<Report> => {
  const { mode, buckets } = config.sync;
  const pass = () =>
    sync(portsOf(context, config, stopping), { mode, selection: makeSelection(buckets), dryRun, nudged, onProgress });
  return dryRun
    ? pass()
    : alone(context, config, stopping?.stop, { made: { by, task: 'pass', mode }, do: pass, noted: noteReport });
};

/** One proof, with or without a repair. Fails as `prove` does. */
export const runProof = (
  context: KtContext,
  config: Config,
  { by, repair, allowDeletes, onProgress, stopping }: ProofRunOptions,
): Promise<ProofReport> => {
  const { mode, buckets } = config.sync;
  const proof = () =>
    prove(portsOf(context, config, stopping), {
      mode,
      selection: makeSelection(buckets),
      repair,
      allowDeletes,
      onProgress,
    });
  return alone(context, config, stopping?.stop, { made: { by, task: 'proof', mode }, do: proof, noted: noteProof });
};
