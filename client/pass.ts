/** Runs passes and proofs for the commands: alone with the state folder, and recorded for `kt-client status`. */
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
  /** Only pull the announced change; a regular pass follows at its time. */
  readonly nudged?: boolean;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly stopping?: Stopping | undefined;
};

export type ProofRunOptions = Omit<PassOptions, 'dryRun' | 'nudged'> & {
  readonly repair: boolean;
  readonly allowDeletes?: boolean;
};

/** Two ways to end the work early: `stop` lets what is in flight finish, `cut` does not. */
export type Stopping = { readonly stop: AbortSignal; readonly cut: AbortSignal };

/** The ports for a pass with these settings. */
const portsOf = (context: KtContext, config: Config, stopping?: Stopping): Ports => {
  const { clock, random } = context;
  const state = context.openState(config);
  if (!stopping) return { local: context.makeLocal(config), remote: context.makeRemote(config), state, clock, random };
  const { stop, cut } = stopping;
  const remote = context.makeRemote(config, { cut, sleep: (ms) => context.wait(ms, stop) });
  return untilStopped({ local: context.makeLocal(config, { cut }), remote, state, clock, random }, stop);
};

/** The record of the previous passes; null if it can't be read, which `kt-client status` reports. */
const before = async (log: PassLog): Promise<PassRecord | null> => {
  try {
    return await log.load();
  } catch (error) {
    if (isKtError(error, 'invalid')) return null;
    throw error;
  }
};

/** Saves the record, which is only for information: a full disk is reported when the state is saved. */
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

/** The server in the settings; its account and device are unknown. */
const inForce = ({ remote }: Config): Against => ({ url: baseOf(remote.url), account: null, device: null });

/** The same, with the account and the device that the last pass found there. */
const taken = async (context: KtContext, config: Config): Promise<Against> => {
  const state = await context.openState(config).load();
  return { ...inForce(config), account: state?.account ?? null, device: state?.deviceId ?? null };
};

/** For a pass that failed: its account and device are only known if an earlier pass reached the same address. */
const failed = (earlier: PassRecord | null, made: Omit<Made, 'against'>, config: Config): Made => {
  const against = inForce(config);
  return { ...made, against: earlier?.against && isSameServer(earlier.against, against) ? earlier.against : against };
};

/**
 * Does work that needs the state folder for itself, and records the result. Fails with `conflict` if another process
 * has the folder.
 */
const alone = async <Result>(
  context: KtContext,
  config: Config,
  stop: AbortSignal | undefined,
  { made, do: work, noted }: Work<Result>,
): Promise<Result> => {
  const lock = await context.takeLock(config);
  const startedUs = context.clock.nowUs();
  // A pass that was told to stop knows nothing about the buckets it did not reach.
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

/** One pass. A dry run writes nothing to the state folder, and needs no lock. Fails as `sync` does. */
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

/** One proof, with or without repair. Fails as `prove` does. */
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
