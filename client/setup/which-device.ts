/** Decides in `kt-client setup` which device this computer is, and writes that into its state. */
import { isKtError, KtError } from '../../domain/errors.ts';
import type { Config } from '../config/settings.ts';
import type { KtContext } from '../context.ts';
import { notedAw, type AwInfo } from '../sync/identity/local-aw.ts';
import { undecided, type Recognised } from '../sync/identity/recognise.ts';
import type { Remote } from '../sync/ports.ts';
import { freshState } from '../sync/saved-state.ts';
import { askWhich, recogniseHere, reclaim } from './reclaim.ts';

/**
 * Which device the state folder belongs to, if that has to be decided (spec/sync 6.2); without a state, which device
 * this computer is (spec/sync 7.5).
 */
export type Whose = 'new' | 'same' | { readonly reclaim: string } | null;

/** The decision, or in `open` why it has to be made later. */
export type Decided = { readonly whose: Whose; readonly open: string | null };

/**
 * Asks which device this is if there is no state, and the server has its history. Nobody can be asked without a
 * terminal.
 */
export const whoIsThis = async (
  context: KtContext,
  config: Config,
  remote: Remote,
  say: (text: string) => void,
): Promise<Decided> => {
  let found: Recognised | null;
  try {
    found = await recogniseHere(context, config, remote);
  } catch (error) {
    // Not an obstacle: the next pass looks again, when it may be readable.
    if (isKtError(error)) return { whose: null, open: error.message };
    throw error;
  }
  if (found === null || !('ask' in found)) return { whose: null, open: null };
  if (!context.asker) return { whose: null, open: undecided(found.ask) };
  const which = await askWhich(context.asker, say, found.ask);
  return { whose: which === null ? 'new' : { reclaim: which }, open: null };
};

/** Writes the decision into the state, together with the local aw-server (spec/sync 6.2, 7.4). */
export const decideDevice = async (
  context: KtContext,
  config: Config,
  remote: Remote,
  local: AwInfo,
  whose: NonNullable<Whose>,
): Promise<void> => {
  const lock = await context.takeLock(config);
  try {
    const store = context.openState(config);
    if (typeof whose === 'object') return await reclaim(remote, store, whose.reclaim);
    const state = await store.load();
    if (whose === 'new') return await store.save({ ...freshState(context.random.uuid()), copies: state?.copies ?? [] });
    if (!state)
      throw new KtError(
        'invalid',
        `there is no state in ${config.state_dir} to decide about: run \`kt-client sync\`, ` +
          `or name the device: \`kt-client setup --reclaim DEVICE\``,
      );
    const known = (await remote.devices()).find(({ deviceId }) => deviceId === state.deviceId);
    await store.save({
      ...state,
      pass: Math.max(state.pass, known?.pass ?? 0),
      nonce: null,
      refused: false,
      aw: notedAw(local),
    });
  } finally {
    await lock.release();
  }
};
