/** Continues the walk through everything that is compared from where the last pass left it (spec/sync 4.4). */
import { attempt, compareStretch, type PartsRun, type Work } from './compare-stretch.ts';

/**
 * Continues the walk within these buckets until `untilMs` by the stopwatch, but through at least one part per pass.
 * Adds to `wants` the buckets that need a whole proof.
 */
export const walkOn = async (
  run: PartsRun,
  works: readonly Work[],
  untilMs: number,
  wants: Set<string>,
): Promise<void> => {
  const { walk, watch, notes } = run;
  const { at } = run.before;
  for (const work of works) {
    if (notes.isStopped) return;
    const { target, part } = work;
    const { localId } = target;
    if (!walk.includes(target) || notes.isDone(localId)) continue;
    const before = at?.localId === localId ? at.before : null;
    const { span } = part;
    if (span === null || (watch.spentMs >= untilMs && notes.isFurther)) return notes.stopAt(localId, before);
    notes.enter(localId, before === null);
    await attempt(run, work, async () => {
      const stretch = { from: span.from, before };
      const end = await compareStretch(run, work, stretch, span.sums, { untilMs, mustCome: true, wants });
      if (end === null) return;
      notes.goFurther(end.read);
      if (!end.clean) notes.tear(localId);
      if (end.from === null) notes.leave(localId);
      else notes.stopAt(localId, end.from);
    });
  }
};
