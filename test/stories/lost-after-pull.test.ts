/**
 * The Rust aw-server acknowledges what a pull writes, and keeps up to 15 s of it in memory: if it is killed then, the
 * copy lacks events that the cursor has passed. Passes must notice that, correct it, and report it until it is.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isInStep } from '../../client/sync/report.ts';
import { atRest, beginStory, inStep, KINDS, later, sameCopy, type Laptop, type Story } from './scene.ts';

const WINDOW = 'aw-watcher-window';
const COPY = `${WINDOW}-synced-from-anna`;

for (const kind of KINDS) {
  const lost = suite<{ story: Story; anna: Laptop; bert: Laptop }>(`a ${kind} aw-server killed after a pull`);
  lost.before.each(async (context) => {
    context.story = await beginStory();
    context.anna = context.story.laptop('anna');
    context.bert = context.story.laptop('bert', { kind });
    await context.anna.bucket(WINDOW);
    await context.anna.record(
      WINDOW,
      ...Array.from({ length: 50 }, (_, i) => [100_000 + i * 60, 30, `event ${i}`] as const),
    );
    await context.anna.sync();
    await context.bert.sync();
  });

  /** Anna records more, Bert pulls it, and his aw-server loses it again. */
  const lose = async ({ anna, bert }: { anna: Laptop; bert: Laptop }, more: number): Promise<void> => {
    const before = bert.aw.snapshot();
    await anna.record(WINDOW, ...Array.from({ length: more }, (_, i) => [50_000 + i * 60, 30, `late ${i}`] as const));
    await anna.sync();
    await bert.sync();
    sameCopy(anna, WINDOW, bert);
    bert.aw.restore(before);
    assert.is(bert.events(COPY).length, 50);
  };

  lost('is filled up again by the next pass, as after a proof', async (context) => {
    const { story, anna, bert } = context;
    await lose(context, 6);
    const report = await bert.sync();
    inStep(report);
    assert.equal(
      report.pulled.map(({ localId, inserted }) => [localId, inserted]),
      [[COPY, 6]],
    );
    sameCopy(anna, WINDOW, bert);
    await atRest(story, anna, bert);
  });

  lost('is told of as long as it lacks them: it is proven hourly at most', async (context) => {
    const { story, anna, bert } = context;
    await lose(context, 6);
    await bert.sync();
    await bert.delete(COPY, bert.aw.dump()[COPY]!.events[3]!.id);
    const report = await bert.sync();
    assert.not.ok(isInStep(report));
    assert.match(report.pulled[0]!.reason!, /it holds 55 events, and 56 after the last pull/);

    // A pull after a notification counts nothing, and what it writes must not hide the loss.
    await anna.record(WINDOW, [40_000, 10, 'one more']);
    await anna.sync();
    inStep(await bert.sync({ mode: 'pull', nudged: true }));
    const still = await bert.sync();
    assert.match(still.pulled[0]!.reason!, /it holds 56 events, and 57 after the last pull/);
    inStep(await bert.sync({}, later(1)));
    sameCopy(anna, WINDOW, bert);
    await atRest(story, anna, bert);
  });

  lost('is proven as well where the pass that wrote it was killed in the middle', async (context) => {
    const { story, anna, bert } = context;
    const state = (await bert.state.load())!;
    await bert.state.save({ ...state, counts: { [COPY]: { events: 50, torn: true } } });
    await bert.delete(COPY, bert.aw.dump()[COPY]!.events[0]!.id);
    inStep(await bert.sync());
    sameCopy(anna, WINDOW, bert);
    await atRest(story, anna, bert);
  });
  /**
   * Anna edits an event, Bert pulls that, and his aw-server loses it again: as many events, and not the same ones. What
   * a part may do about it is done by a pass; a whole proof is not due for an hour. Returns another time of that day.
   */
  const loseAnEdit = async ({ anna, bert }: { anna: Laptop; bert: Laptop }): Promise<string> => {
    await bert.delete(COPY, bert.aw.dump()[COPY]!.events[3]!.id);
    inStep(await bert.sync()); // a proof
    const before = bert.aw.snapshot();
    const { id, startNs } = anna.aw.dump()[WINDOW]!.events[9]!;
    const startMs = Number(startNs / 1_000_000n);
    await anna.edit(WINDOW, id, [new Date(startMs).toISOString(), 30, 'edited']);
    inStep(await anna.sync());
    inStep(await bert.sync());
    sameCopy(anna, WINDOW, bert);
    bert.aw.restore(before);
    const report = await bert.sync();
    assert.equal(
      report.pulled.map(({ localId, inserted, deleted, outcome }) => [localId, inserted, deleted, outcome]),
      [[COPY, 1, 0, 'held']],
    );
    assert.match(report.pulled[0]!.reason!, /^it holds events that went from its origin, .* less than an hour ago/);
    return new Date(startMs % 1000 < 500 ? startMs + 250 : startMs - 250).toISOString();
  };

  /** Anna records something, and Bert pulls it: the days to which a pass writes are compared by the next one. */
  const toldWhilePulling = async ({ anna, bert }: { anna: Laptop; bert: Laptop }, at: string, title: string) => {
    await anna.record(WINDOW, [at, 1, title]);
    inStep(await anna.sync());
    const { pulled } = await bert.sync();
    assert.equal(
      pulled.map(({ localId, inserted, outcome }) => [localId, inserted, outcome]),
      [[COPY, 1, 'held']],
    );
    return pulled[0]!.reason!;
  };

  lost('and what a part brings back counts, so that a loss after it is seen', async (context) => {
    const { story, anna, bert } = context;
    const at = await loseAnEdit(context);
    await bert.delete(COPY, bert.aw.dump()[COPY]!.events[5]!.id);
    assert.match(await toldWhilePulling(context, at, 'more'), /^it holds 51 events, and 52 after the last pull, /);
    inStep(await bert.sync({}, later(1)));
    sameCopy(anna, WINDOW, bert);
    await atRest(story, anna, bert);
  });

  lost('and what a part finds is told until a proof, whatever is compared meanwhile', async (context) => {
    const { story, anna, bert } = context;
    const at = await loseAnEdit(context);
    for (const title of ['more', 'and more'])
      assert.match(await toldWhilePulling(context, at, title), /^it holds events that went from its origin, /);
    inStep(await bert.sync({}, later(1)));
    sameCopy(anna, WINDOW, bert);
    await atRest(story, anna, bert);
  });
  lost.run();
}
