/**
 * A dry run against the real server: it reports what the next pass does, also when the state is lost or the ids have
 * changed.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeMemoryState } from '../../client/sync/saved-state.ts';
import type { Report } from '../../client/sync/report.ts';
import { atRest, beginStory, inStep, KINDS, type Laptop, type Told } from './scene.ts';

const gist = ({ pushed, pulled }: Report) => [
  ...pushed.map(({ bucket, sent, inserted, updated, unchanged }) => ({ bucket, sent, inserted, updated, unchanged })),
  ...pulled.map(({ bucket, localId, inserted, replaced, deleted }) => ({
    bucket,
    localId,
    inserted,
    replaced,
    deleted,
  })),
];
const foretold = async (laptop: Laptop): Promise<Report> => {
  const dry = await laptop.sync({ dryRun: true });
  const real = await laptop.sync();
  inStep(real);
  assert.equal(gist(dry), gist(real));
  return real;
};

const dry = suite('a dry run');
for (const kind of KINDS) {
  dry(`tells what the pass after it does (${kind})`, async () => {
    const story = await beginStory();
    const [lap, desk] = [story.laptop('lap', { kind }), story.laptop('desk', { kind })];
    for (const laptop of [lap, desk]) {
      await laptop.bucket('window');
      await laptop.record(
        'window',
        ...Array.from({ length: 60 }, (_, i): Told => [(60 - i) * 7000, 60, `${laptop.hostname} ${i}`]),
      );
      await foretold(laptop);
    }
    await foretold(lap);
    await lap.record('window', [30, 5, 'new'], [20, 5, 'newer']);
    await foretold(lap);
    lap.state = makeMemoryState();
    const { pushed, pulled } = await foretold(lap);
    assert.equal(
      [
        ...pushed.map(({ inserted, updated }) => inserted + updated),
        ...pulled.map(({ inserted, replaced }) => inserted + replaced),
      ].filter(Boolean),
      [],
    );
    inStep(await desk.sync());
    await atRest(story, lap, desk);
  });
}
dry.run();
