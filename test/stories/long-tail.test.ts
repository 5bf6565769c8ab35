/** A tail of a page or more (spec/sync 2.7): only the minutes that differ from what was acknowledged are sent again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MOST_GROUPS } from '../../client/sync/push/minutes.ts';
import { atRest, beginStory, inStep, KINDS, sameOnServer, type Laptop, type Told } from './scene.ts';

const sentOf = async (laptop: Laptop): Promise<number> => {
  const report = await laptop.sync();
  inStep(report);
  return report.pushed.reduce((sum, { sent }) => sum + sent, 0);
};

for (const kind of KINDS) {
  const long = suite(`a long tail beside a ${kind} aw-server`);

  long('is sent once, then what changed in it, by minutes', async () => {
    const story = await beginStory();
    const anna = story.laptop('anna', { kind });
    await anna.bucket('busy');
    // 1,500 events in the last 50 minutes, 30 a minute.
    await anna.record('busy', ...Array.from({ length: 1500 }, (_, i): Told => [3000 - 2 * i + 30, 1, `event ${i}`]));
    assert.is(await sentOf(anna), 1500);
    assert.is(await sentOf(anna), 0, 'nothing is new');
    const [event] = anna.aw
      .dump()
      ['busy']!.events.filter(({ data }) => (data as { title: string }).title === 'event 700');
    await anna.edit('busy', event!.id, [3000 - 1400 + 30, 1, 'edited']);
    await anna.record('busy', [5, 1, 'new']);
    const sent = await sentOf(anna);
    assert.ok(sent > 1 && sent <= 120, `${sent} events were sent, of two minutes and those at the borders`);
    await sameOnServer(story, anna, 'busy');
    assert.ok((await sentOf(anna)) <= 60, 'the minute where the tail begins, at most');
    assert.is(await sentOf(anna), 0);
    await atRest(story, anna);
  });

  long('is sent whole where its ids may be others, or what was acknowledged is not known', async () => {
    const story = await beginStory();
    const anna = story.laptop('anna', { kind });
    await anna.bucket('busy');
    await anna.record('busy', ...Array.from({ length: 1200 }, (_, i): Told => [2500 - 2 * i + 30, 1, `event ${i}`]));
    await anna.sync();
    const state = (await anna.state.load())!;
    assert.ok(Object.keys(state.minutes['busy']!.groups).length <= 60);
    await anna.state.save({ ...state, minutes: {} });
    assert.is(await sentOf(anna), 1200);
    assert.is(await sentOf(anna), 0);
  });

  long('is remembered in bounds however long it is, and not at all once it is short', async () => {
    const story = await beginStory();
    const anna = story.laptop('anna', { kind });
    await anna.bucket('future');
    // A clock two days ahead: nearly 3,000 minutes that stay in the tail. One more must not widen the groups, which
    // would cause everything to be sent.
    await anna.record(
      'future',
      ...Array.from({ length: 2 * MOST_GROUPS - 10 }, (_, i): Told => [-60 * i - 7200, 1, `event ${i}`]),
    );
    await anna.sync();
    assert.is(await sentOf(anna), 0);
    const { minutes } = (await anna.state.load())!;
    assert.ok(minutes['future']!.width > 1 && Object.keys(minutes['future']!.groups).length <= MOST_GROUPS);
    await anna.record('future', [-60 * 50, 1, 'one more']);
    const sent = await sentOf(anna);
    assert.ok(sent >= 1 && sent <= 10, `${sent} were sent`);
    await anna.ask('buckets/future?force=1', 'DELETE');
    await anna.sync();
    assert.equal((await anna.state.load())!.minutes, {});
  });
  long.run();
}
