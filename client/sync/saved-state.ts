import type { State, SyncState } from './ports.ts';

/** The state during a pass: read from memory; every change is on disk before the pass continues. */
export type SavedState = {
  readonly state: SyncState;
  note(change: Partial<SyncState>): Promise<void>;
};

export const keepState = (store: State, begin: SyncState): SavedState => {
  let state = begin;
  return {
    get state() {
      return state;
    },
    async note(change) {
      state = { ...state, ...change };
      await store.save(state);
    },
  };
};

/** The state of a device that has not synced yet. */
export const freshState = (deviceId: string, pass = 0): SyncState => ({
  deviceId,
  pass,
  nonce: null,
  refused: false,
  account: null,
  pulled: 0n,
  globs: [],
  copies: [],
  tails: {},
  proofs: {},
  repairedMs: null,
  over: {},
  unproven: [],
  held: {},
  doubts: {},
  known: {},
  counts: {},
  minutes: {},
  round: null,
  lastCompared: null,
  repairs: {},
  aw: null,
});

/** A state that lives as long as the process: for tests and dry runs. */
export const makeMemoryState = (begin: SyncState | null = null): State => {
  let state = begin;
  return {
    load: async () => state,
    save: async (next) => {
      state = next;
    },
  };
};
