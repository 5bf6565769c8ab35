/**
 * What the daemon does next, and when. Pure: from what happened and the clock's time, it works out a task and a wait.
 *
 *   interval   |----5 min----|----5 min----|        asleep         |----5 min----|
 *   passes     P             P                                     P             P     (missed ticks run once)
 *   nudges            n  → pull at once          n n n n n → a pull each half second, then each five
 *
 * The clock may jump: it is corrected now and then, and it runs on while the computer sleeps. So a wait is kept with
 * the moment it began: a clock set back ends it, and one set forward ends it once.
 */

/** A whole pass; only a pull, because the server announced a change; the daily proof. */
export type Task = 'pass' | 'pull' | 'proof';

/**
 * How a task ended: `busy` when another kt-client has the state folder; `refused` when the server rejects
 * the key, and `in_use` when it has seen a later pass of this device: then a person has to decide.
 */
export type Outcome = 'done' | 'failed' | 'busy' | 'refused' | 'in_use';

/** Whether the server turns this device away. Then its announcements are not listened to either. */
export const isTurnedAway = (outcome: Outcome | null): boolean => outcome === 'refused' || outcome === 'in_use';

type Wait = { readonly fromMs: number; readonly ms: number };

export type Past = {
  /** Null: at once. */
  readonly pass: Wait | null;
  readonly pull: Wait | null;
  readonly proof: Wait | null;
  /** How many pulls may follow each other closely from here, and when that was counted. */
  readonly allowance: { readonly pulls: number; readonly atMs: number };
  /** After a pass that the stream's end asked for, until when no other one is made for that. */
  readonly sentOn: Wait | null;
  /** How the last task ended; null before the first. */
  readonly outcome: Outcome | null;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const PROOF_EVERY_MS = 24 * HOUR;
/** A proof that fails has read much for nothing, so it is not tried again at every interval. */
const PROOF_AGAIN_MS = HOUR;
/** Another kt-client is syncing, so there is no hurry, and no reason to wait for long. */
const BUSY_MS = 5 * SECOND;
/**
 * A refused key may become valid again (the server is being set up anew), but asking every few minutes would only
 * fill the server's log.
 */
const REFUSED_MS = HOUR;
/**
 * A device that pushes moves the revision a few times; a watcher that sends heartbeats to kt-server itself moves it
 * every second, all day, and each pull costs a registration and writes to two disks. So a burst is pulled at once,
 * and an endless stream of changes at a slower rate.
 */
const GAP_MS = 500;
const BURST = 10;
const PULL_EVERY_MS = 5 * SECOND;

/** Before the first pass. `lastProofMs`: when the last proof was made, by any command. */
export const beginning = (lastProofMs: number | null): Past => ({
  pass: null,
  pull: null,
  proof: lastProofMs === null ? null : { fromMs: lastProofMs, ms: PROOF_EVERY_MS },
  allowance: { pulls: BURST, atMs: 0 },
  sentOn: null,
  outcome: null,
});

const remaining = (wait: Wait | null, nowMs: number): number =>
  wait === null || nowMs < wait.fromMs ? 0 : Math.max(0, wait.fromMs + wait.ms - nowMs);

/** How many pulls are allowed now: one more each five seconds. A clock that was set back restores them all. */
const pullsAt = ({ pulls, atMs }: Past['allowance'], nowMs: number): number =>
  nowMs < atMs ? BURST : Math.min(BURST, pulls + (nowMs - atMs) / PULL_EVERY_MS);

const pullInMs = (past: Past, nowMs: number): number =>
  Math.max(remaining(past.pull, nowMs), Math.ceil((1 - pullsAt(past.allowance, nowMs)) * PULL_EVERY_MS));

export type Next = { readonly task: Task; readonly inMs: number };

/**
 * What comes next. A pass that is due makes a pull unnecessary, and a proof only follows a pass that succeeded:
 * otherwise it would fail for the same reason.
 */
export const nextOf = (past: Past, nudged: boolean, nowMs: number): Next => {
  const candidates: Next[] = [{ task: 'pass', inMs: remaining(past.pass, nowMs) }];
  if (nudged && !isTurnedAway(past.outcome)) candidates.push({ task: 'pull', inMs: pullInMs(past, nowMs) });
  if (past.outcome === 'done') candidates.push({ task: 'proof', inMs: remaining(past.proof, nowMs) });
  return candidates.reduce((first, other) => (other.inMs < first.inMs ? other : first));
};

/**
 * The stream ended because the account was moved: a pass is due at once, which goes after it. One an interval at most,
 * so that a server that says so again and again, and lets passes be, is not asked without a pause.
 */
export const sentOn = (past: Past, nowMs: number, intervalMs: number): Past =>
  remaining(past.sentOn, nowMs) > 0 ? past : { ...past, pass: null, sentOn: { fromMs: nowMs, ms: intervalMs } };

export type Done = {
  readonly task: Task;
  readonly outcome: Outcome;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly intervalMs: number;
};

/**
 * When the next pass is due: an interval after this one began, or after its end when it failed, since a failure may
 * take long.
 */
const passWait = ({ outcome, beganMs, endedMs, intervalMs }: Done): Wait => {
  switch (outcome) {
    case 'done':
      return { fromMs: beganMs, ms: intervalMs };
    case 'failed':
    case 'in_use': // the decision is written to our state file: reading that asks the server nothing
      return { fromMs: endedMs, ms: intervalMs };
    case 'busy':
      return { fromMs: endedMs, ms: Math.min(BUSY_MS, intervalMs) };
    case 'refused':
      return { fromMs: endedMs, ms: Math.max(REFUSED_MS, intervalMs) };
  }
};

/** The past with one more task that ended. */
export const after = (past: Past, done: Done): Past => {
  const { task, outcome, beganMs, endedMs, intervalMs } = done;
  // A refusal holds for every task, and only a pass asks again.
  const pass = task === 'pass' || isTurnedAway(outcome) ? passWait(done) : past.pass;
  const next = { ...past, pass, outcome: outcome === 'busy' ? past.outcome : outcome };
  if (task === 'pull') {
    const allowance = { pulls: pullsAt(past.allowance, beganMs) - 1, atMs: beganMs };
    return {
      ...next,
      allowance,
      pull: { fromMs: endedMs, ms: outcome === 'busy' ? Math.min(BUSY_MS, intervalMs) : GAP_MS },
    };
  }
  if (task !== 'proof') return next;
  if (outcome === 'done') return { ...next, proof: { fromMs: beganMs, ms: PROOF_EVERY_MS } };
  return { ...next, proof: { fromMs: endedMs, ms: outcome === 'busy' ? MINUTE : PROOF_AGAIN_MS } };
};
