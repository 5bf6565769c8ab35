/** What each device last told of its proofs, as `proofs` answers it beside what is here now (spec/sync 4.10). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { beginStory, inStep, KINDS, type Laptop, type Story, type Told } from './scene.ts';

const DAY = 86_400;
const WINDOW = 'aw-watcher-window';
const FIELDS = `bucketId deviceId originId isCopy state reason provenAt passAt toldAt deviceEventCount
  serverEventCount eventCount isChanged stretches { firstDay lastDay provenAt } differingDays differingDeviceCounts
  differingServerCounts repair { inserted updated deleted } lastEventAt quietSeconds`;

/** The proofs by device and bucket. */
const proofsOf = async ({ user }: Story, laptop: Laptop | null = null): Promise<any[]> => {
  const deviceId = laptop === null ? null : (await laptop.state.load())!.deviceId;
  return (await user.graphql<any>(`query ($deviceId: ID) { proofs(deviceId: $deviceId) { ${FIELDS} } }`, { deviceId }))
    .proofs;
};
const one = (proofs: any[], bucket: string, isCopy = false): any =>
  proofs.find((proof) => proof.bucketId === bucket && proof.isCopy === isCopy);

const idOf = (laptop: Laptop, bucket: string, title: string): number =>
  laptop.aw.dump()[bucket]!.events.find(({ data }) => (data as { title: string }).title === title)!.id;

for (const kind of KINDS) {
  const told = suite<{ story: Story; anna: Laptop; bert: Laptop }>(`proofs that a ${kind} aw-server’s device tells`);
  told.before.each(async (context) => {
    context.story = await beginStory();
    context.anna = context.story.laptop('anna', { kind });
    context.bert = context.story.laptop('bert', { kind });
    for (const bucket of [WINDOW, 'afk']) {
      await context.anna.bucket(bucket);
      await context.anna.record(
        bucket,
        ...Array.from({ length: 20 }, (_, i): Told => [(20 - i) * DAY, 30, `${bucket} ${i}`]),
      );
    }
    await context.anna.record('afk', [2 * 3600, 10, 'moves on']);
  });

  told('come with the registration of the next pass, in as many requests as before', async ({ story, anna, bert }) => {
    inStep(await anna.sync());
    assert.equal(
      (await proofsOf(story)).map(({ state, toldAt }) => [state, toldAt]),
      [
        ['unreported', null],
        ['unreported', null],
      ].map(([state, at]) => [state!.toUpperCase(), at]),
      'a first pass has nothing to tell when it begins',
    );
    inStep(await anna.sync()); // compares what the first one sent
    inStep(await anna.sync());
    const requests = anna.sent.length;
    const own = one(await proofsOf(story), WINDOW);
    assert.equal(
      [own.state, own.reason, own.deviceEventCount, own.serverEventCount, own.eventCount, own.isChanged, own.repair],
      ['EQUAL', null, 20, 20, 20, false, null],
    );
    assert.equal(
      own.stretches.map((stretch: any) => [stretch.firstDay, stretch.provenAt]),
      [[null, own.provenAt]],
    );
    assert.equal([own.differingDays, own.differingDeviceCounts, own.differingServerCounts], [[], [], []]);
    assert.ok(own.toldAt && own.passAt);

    for (let n = 0; n < 3; n++) inStep(await bert.sync());
    const copy = one(await proofsOf(story), WINDOW, true);
    assert.equal(
      [copy.state, copy.deviceId, copy.originId, copy.deviceEventCount, copy.serverEventCount],
      ['EQUAL', (await bert.state.load())!.deviceId, own.deviceId, 20, null],
    );
    assert.equal(
      (await proofsOf(story, bert)).map(({ isCopy }) => isCopy),
      [true, true],
    );
    assert.equal(
      (await proofsOf(story, anna)).map(({ isCopy }) => isCopy),
      [false, false],
    );
    inStep(await anna.sync()); // hears that there is a device more, and pulls nothing
    inStep(await anna.sync());
    assert.is(anna.sent.length, requests);
  });

  told('say that a watcher is silent while others of its device move', async ({ story, anna }) => {
    await anna.sync();
    const proofs = await proofsOf(story);
    assert.is(one(proofs, 'afk').quietSeconds, 0);
    const quiet = one(proofs, WINDOW).quietSeconds;
    // By what was recorded: each event was so long before its own moment.
    const lastEnd = (bucket: string) =>
      Math.max(...anna.aw.dump()[bucket]!.events.map((event) => Number(event.startNs + event.durationNs) / 1e9));
    const wanted = lastEnd('afk') - lastEnd(WINDOW);
    assert.ok(wanted > DAY / 2 && Math.abs(quiet - wanted) < 0.01, `${quiet} of ${wanted}`);
  });

  told('say when something changed here since, and what a repair wrote', async ({ story, anna }) => {
    for (let n = 0; n < 3; n++) await anna.sync();
    await anna.edit(WINDOW, idOf(anna, WINDOW, `${WINDOW} 5`), [15 * DAY, 99, 'edited long after']);
    await anna.record(WINDOW, [12 * DAY + 5, 7, 'late']);
    inStep(await anna.sync()); // repairs both, and tells what was so before
    const before = one(await proofsOf(story), WINDOW);
    assert.equal([before.state, before.deviceEventCount, before.eventCount, before.isChanged], ['EQUAL', 20, 21, true]);
    inStep(await anna.sync());
    const after = one(await proofsOf(story), WINDOW);
    assert.equal(
      [after.deviceEventCount, after.serverEventCount, after.repair],
      [21, 21, { inserted: 1, updated: 1, deleted: 0 }],
    );
    inStep(await anna.sync());
    assert.equal(one(await proofsOf(story), WINDOW).isChanged, false);
  });

  told('say why deletions are held', async ({ story, anna }) => {
    const older = await anna.record(WINDOW, ...Array.from({ length: 30 }, (_, i): Told => [(30 + i) * DAY, 5, `${i}`]));
    for (let n = 0; n < 2; n++) await anna.sync();
    for (const event of older) await anna.delete(WINDOW, event);
    const state = (await anna.state.load())!;
    await anna.state.save({ ...state, proofs: {} });
    for (let n = 0; n < 2; n++) await anna.sync();
    const { state: held, reason } = one(await proofsOf(story), WINDOW);
    assert.is(held, 'HELD');
    assert.match(reason, /--allow-deletes/);
  });
  told.run();
}
