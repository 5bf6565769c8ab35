/**
 * The part that a whole pass proves (spec/sync 4.4): own buckets once their tails are sent, copies once changes are
 * pulled.
 */
import { isKtError } from '../../../domain/errors.ts';
import type { SavedState } from '../saved-state.ts';
import { mendCopyDay, mendOwnDay, type Look } from './mend-day.ts';
import type { Clock, DaySums, RemotePart, WantedParts } from '../ports.ts';
import { proofRow } from './proof-report.ts';
import type { ProofRun } from './prove-own.ts';
import type { OwnPush } from '../push/push-own.ts';
import { differing, makeStopwatch, readDays, type Stretch } from './read-days.ts';
import { noteRefused, pulledCopy, type PulledBucket, type PushedBucket } from '../report.ts';
import { budgetMs, freshRound, fromHere, type Round, type Target, type Walked } from './round.ts';

/** Days that were looked at for nothing and are remembered: what one side alone can hold makes them differ for ever. */
const MOST_SETTLED = 500;
/** Events of a bucket that are read in one go. */
const SMALL = 500;
/** Of the budget: for the newest days of one kind of bucket, and for all of the own ones. */
const RECENT_SHARE = 0.25;
const OWN_SHARE = 0.75;
/** A pass that took so long compares nothing more: what moves is reckoned from its beginning. */
const STALE_US = 1_800_000_000n;

/** What to do with one bucket. */
type Work = {
  readonly target: Target;
  readonly part: RemotePart;
  /** What is known better than the part says, since the pass wrote there; a day that is null is not known. */
  readonly better: ReadonlyMap<number, { readonly events: number; readonly hash: bigint } | null>;
  look(day: number, about: number): Promise<Look>;
  /** It could not be read, or mended. */
  failed(reason: string): void;
};

export type PartsOptions = {
  readonly run: ProofRun;
  readonly saved: SavedState;
  readonly clock: Clock;
  readonly startedUs: bigint;
  readonly targets: readonly Target[];
  readonly asked: WantedParts;
  readonly parts: readonly RemotePart[];
};

export const makeParts = ({ run, saved, clock, startedUs, targets, asked, parts }: PartsOptions) => {
  const nowMs = Number(startedUs / 1000n);
  const before = saved.state.round ?? freshRound(nowMs);
  const budget = budgetMs(before, nowMs);
  const watch = makeStopwatch(clock);
  const walk = fromHere(before, targets);
  const walked: Record<string, Walked> = Object.fromEntries(
    Object.entries(before.walked).filter(
      ([id]) =>
        saved.state.copies.some(({ localId }) => localId === id) || targets.some(({ localId }) => localId === id),
    ),
  );
  let settled = new Map(Object.entries(before.settled));
  let at: Round['at'] = before.at;
  let recentAt: string | null = null;
  let stopped = false;
  /** The walk came further in this pass: however slow all is, it does. */
  let walks = false;
  let read = 0;
  const done = new Set<string>();
  const partOf = ({ bucketId, deviceId }: Target) =>
    parts.find((part) => part.bucketId === bucketId && part.deviceId === (deviceId ?? run.deviceId));
  const isStale = () => clock.nowUs() - startedUs > STALE_US;

  /**
   * Reads and compares a stretch; null where it could not come through any of it. `clean`: nothing in it is left
   * unproven.
   */
  const compare = async (
    work: Work,
    stretch: Stretch,
    there: DaySums,
    until: number,
    mustCome: boolean,
    wants: () => void,
  ): Promise<{ from: number | null; clean: boolean } | null> => {
    const { target, better, look } = work;
    const here = await readDays(
      run.local,
      target.localId,
      stretch,
      there,
      asked.moving,
      watch,
      () => watch.spentMs >= until,
      mustCome,
    );
    if (here === null) return null;
    read += here.read;
    const known = new Map(there);
    let clean = true;
    const done = { from: here.from, before: stretch.before };
    for (const [day, sum] of better) {
      if (sum !== null) known.set(day, sum);
      // The newest days that changed wait for the next pass, which compares them anyway; of others
      // the walk has to come again.
      else if (
        day < asked.since &&
        (done.from === null || day >= done.from) &&
        (done.before === null || day < done.before)
      )
        clean = false;
    }
    for (const day of differing(here.sums, known, done)) {
      if (better.get(day) === null) continue;
      const [a, b] = [here.sums.get(day), known.get(day)];
      const key = `${target.localId} ${day}`;
      const what = `${a?.events ?? 0} ${a?.hash ?? 0} ${b?.events ?? 0} ${b?.hash ?? 0}`;
      if (settled.get(key) === what) continue;
      const { wantsWhole, wrote } = await look(day, Math.max(a?.events ?? 0, b?.events ?? 0));
      if (wantsWhole) {
        clean = false;
        wants();
      } else if (!wrote) {
        settled.delete(key);
        settled.set(key, what);
      }
    }
    return { from: here.from, clean };
  };

  /**
   * All of a bucket, where the walk would read it in this pass and it is no more than a page: then its newest days need
   * no reading of their own.
   */
  const smallSpan = ({ target, part: { span } }: Work): DaySums | null => {
    if (
      !walk.includes(target) ||
      span?.from !== null ||
      (before.at?.localId === target.localId && before.at.before !== null)
    )
      return null;
    return [...span.sums.values()].reduce((sum, { events }) => sum + events, 0) <= SMALL ? span.sums : null;
  };

  /**
   * Proves the newest days of some buckets, then goes on with the walk as far as it leads through them. Answers
   * which want a whole proof.
   */
  const prove = async (works: readonly Work[], share: number): Promise<Set<string>> => {
    const wants = new Set<string>();
    const attempt = async (work: Work, act: () => Promise<void>): Promise<void> => {
      try {
        await act();
      } catch (error) {
        if (!isKtError(error) || run.isBroken()) throw error;
        work.failed(error.message);
        tear(work.target);
      }
    };
    const begun = watch.spentMs;
    const first = Math.max(
      0,
      works.findIndex(({ target }) => target.localId === before.recentAt),
    );
    for (const work of [...works.slice(first), ...works.slice(0, first)]) {
      if (watch.spentMs - begun >= budget * RECENT_SHARE) {
        recentAt ??= work.target.localId;
        break;
      }
      const { recent } = work.part;
      const { localId } = work.target;
      const small = smallSpan(work);
      if (recent === null && small === null) continue;
      await attempt(work, async () => {
        const until = begun + budget * RECENT_SHARE;
        const stretch = { from: small ? null : asked.since, before: null };
        const end = await compare(work, stretch, small ?? recent!, until, false, () => wants.add(localId));
        if (end === null) recentAt ??= localId;
        else if (small) {
          done.add(localId);
          walked[localId] = {
            fromMs: nowMs,
            wholeMs: end.clean ? nowMs : (walked[localId]?.wholeMs ?? null),
            torn: !end.clean,
          };
        } else if (!end.clean) tear(work.target);
      });
    }
    return walkThrough(works, share, wants, attempt);
  };

  const tear = ({ localId }: Target): void => {
    const state = walked[localId] ?? { fromMs: nowMs, wholeMs: null, torn: true };
    walked[localId] = { ...state, torn: true };
  };

  const walkThrough = async (
    works: readonly Work[],
    share: number,
    wants: Set<string>,
    attempt: (work: Work, act: () => Promise<void>) => Promise<void>,
  ): Promise<Set<string>> => {
    const until = budget * share;
    for (const work of works) {
      const { target, part } = work;
      if (stopped) break;
      if (!walk.includes(target) || done.has(target.localId)) continue;
      const from = before.at?.localId === target.localId ? before.at.before : null;
      if (part.span === null || (watch.spentMs >= until && walks)) {
        at = { localId: target.localId, before: from };
        stopped = true;
        break;
      }
      const { span } = part;
      const state = walked[target.localId];
      if (from === null) walked[target.localId] = { fromMs: nowMs, wholeMs: state?.wholeMs ?? null, torn: false };
      else if (!state) walked[target.localId] = { fromMs: nowMs, wholeMs: null, torn: true };
      await attempt(work, async () => {
        const end = await compare(work, { from: span.from, before: from }, span.sums, until, true, () =>
          wants.add(target.localId),
        );
        if (end === null) return;
        walks = true;
        if (!end.clean) tear(target);
        if (end.from !== null) {
          at = { localId: target.localId, before: end.from };
          stopped = true;
          return;
        }
        const { fromMs, wholeMs, torn } = walked[target.localId]!;
        walked[target.localId] = { fromMs, torn, wholeMs: torn ? wholeMs : fromMs };
      });
    }
    return wants;
  };

  const work = (target: Target, more: Omit<Work, 'target' | 'part'>): Work[] => {
    const part = partOf(target);
    if (part) return [{ target, part, ...more }];
    return [];
  };

  return {
    /** Answers the own buckets that want a whole proof. What was proven whole in this pass already needs no part. */
    own: async (push: OwnPush, proven: ReadonlySet<string>): Promise<Set<string>> => {
      if (isStale()) return new Set();
      const works = targets.flatMap((target): Work[] => {
        const report = push.reports.find(({ bucket }) => bucket === target.localId);
        const standing = push.standings.get(target.localId);
        const bucket = push.own.find(({ id }) => id === target.localId);
        if (
          target.deviceId !== null ||
          !bucket ||
          !report ||
          standing?.cursor?.footMs !== null ||
          report.outcome !== 'in_step' ||
          report.renewed !== null
        )
          return [];
        if (proven.has(target.localId)) return [];
        return work(target, {
          better: push.compared.get(target.localId) ?? new Map(),
          look: (day, about) => lookOwn(report, { bucket, epoch: standing.epoch }, partOf(target)!.id, day, about),
          failed: (reason) => Object.assign(report, { outcome: 'failed', reason }),
        });
      });
      return prove(works, targets.some(({ deviceId }) => deviceId !== null) ? OWN_SHARE : 1);
    },

    /**
     * Answers the copies that want a whole proof. `changed`: their days that this pass wrote at; `hostnameOf`: null for
     * one that this pass deleted.
     */
    copies: async (
      reports: Map<string, PulledBucket>,
      changed: ReadonlyMap<string, ReadonlySet<number>>,
      hostnameOf: (localId: string) => string | null,
      proven: ReadonlySet<string>,
    ): Promise<Set<string>> => {
      if (isStale()) return new Set();
      const works = targets.flatMap((target): Work[] => {
        const hostname = hostnameOf(target.localId);
        if (target.deviceId === null || hostname === null || proven.has(target.localId)) return [];
        const known = [...reports.values()].find(({ localId }) => localId === target.localId);
        if (known && known.outcome !== 'in_step') return [];
        const part = partOf(target);
        if (!part) return [];
        const report =
          known ?? pulledCopy({ device: target.deviceId, bucket: target.bucketId, localId: target.localId }, hostname);
        const told = () => void reports.set(part.id, report);
        return work(target, {
          better: new Map([...(changed.get(target.localId) ?? [])].map((day) => [day, null])),
          look: async (day, about) => {
            const end = await mendCopyDay(run, part, target.localId, day, about, report);
            if (end.wrote) told();
            return end;
          },
          failed: (reason) => {
            Object.assign(report, { outcome: 'failed', reason });
            told();
          },
        });
      });
      return prove(works, 1);
    },

    /** Buckets that a whole proof found equal need no more of this round. */
    whole: (localId: string): void => void (walked[localId] = { fromMs: nowMs, wholeMs: nowMs, torn: false }),

    /** Notes how far it came. */
    end: async (total: number): Promise<Round> => {
      settled = new Map([...settled].slice(-MOST_SETTLED));
      const isOver = !stopped && !isStale();
      const spent = watch.spentMs;
      const next: Round = {
        at: isOver ? null : at,
        beganMs: isOver || Math.abs(nowMs - before.beganMs) > 7 * 86_400_000 ? nowMs : before.beganMs,
        passMs: nowMs,
        total,
        read: isOver ? 0 : before.read + read,
        msPerEvent: read === 0 || spent === 0 ? before.msPerEvent : spent / read,
        recentAt,
        walked,
        settled: Object.fromEntries(settled),
      };
      await saved.note({ round: next });
      return next;
    },
  };

  async function lookOwn(
    report: PushedBucket,
    own: { bucket: OwnPush['own'][number]; epoch: number },
    remoteId: string,
    day: number,
    about: number,
  ): Promise<Look> {
    const row = proofRow({
      side: 'own',
      bucket: own.bucket.id,
      device: run.deviceId,
      hostname: own.bucket.hostname,
      localId: own.bucket.id,
    });
    try {
      return await mendOwnDay(run, own, remoteId, day, about, row);
    } finally {
      report.inserted += row.inserted;
      report.updated += row.updated;
      report.deleted += row.deleted;
      noteRefused(report.rejected, row.rejected);
    }
  }
};
