/** The devices of the generated person, with their buckets, and the events of a day in them. */
import type { StoredEvent } from '../../domain/event.ts';
import type { Bucket } from '../../domain/bucket.ts';
import { chanceFor } from './chance.ts';
import { DEVICES, type DeviceName } from './habits.ts';
import type { PersonDay } from './person.ts';
import { recorded, type Recorded } from './recorded.ts';
import type { Browser } from './world.ts';

type SeedBucket = Pick<Bucket, 'id' | 'type' | 'client' | 'hostname'> & { readonly of: 'windows' | 'afk' | Browser };
export type SeedDevice = {
  readonly name: DeviceName;
  /** The id that it registers under: the same each time, so that a second run finds everything there. */
  readonly deviceId: string;
  readonly hostname: string;
  readonly buckets: readonly SeedBucket[];
};

const bucket = (of: SeedBucket['of'], id: string, hostname: string): SeedBucket => {
  const type = { windows: 'currentwindow', afk: 'afkstatus', firefox: 'web.tab.current', chrome: 'web.tab.current' }[
    of
  ];
  return { of, id, type, client: id.split('_')[0]!, hostname };
};

/** In the order in which they register, which decides where nothing else does. */
export const SEED_DEVICES: readonly SeedDevice[] = [
  {
    name: 'desktop',
    deviceId: '5eed0000-0000-4000-8000-00000000d357',
    hostname: 'desktop',
    buckets: [
      bucket('windows', 'aw-watcher-window_desktop', 'desktop'),
      bucket('afk', 'aw-watcher-afk_desktop', 'desktop'),
      bucket('firefox', 'aw-watcher-web-firefox_desktop', 'desktop'),
      bucket('chrome', 'aw-watcher-web-chrome_desktop', 'desktop'),
    ],
  },
  {
    name: 'laptop',
    deviceId: '5eed0000-0000-4000-8000-000000001a97',
    hostname: 'laptop.local',
    buckets: [
      bucket('windows', 'aw-watcher-window_laptop.local', 'laptop.local'),
      bucket('afk', 'aw-watcher-afk_laptop.local', 'laptop.local'),
      // Older extensions don't know where they run.
      bucket('firefox', 'aw-watcher-web-firefox', 'unknown'),
      bucket('chrome', 'aw-watcher-web-chrome', 'unknown'),
    ],
  },
  {
    name: 'phone',
    deviceId: '5eed0000-0000-4000-8000-0000000009f0',
    hostname: 'unknown',
    buckets: [bucket('windows', 'aw-watcher-android-test', 'unknown')],
  },
];

/** The events that the watchers record of a day, by bucket id; their ids are given when they are sent. */
export const recordedOn = ({ day, devices }: PersonDay, device: SeedDevice, seed: number): Map<string, Recorded[]> => {
  const { windows, presence, tabs } = devices[device.name];
  const chance = chanceFor(seed, 20 + DEVICES.indexOf(device.name), day);
  return new Map(
    device.buckets.map(({ id, of }) => {
      if (of === 'windows') return [id, recorded(windows, ({ data }) => data, chance)];
      if (of === 'afk') return [id, recorded(presence ?? [], ({ isHere }) => (isHere ? HERE : AWAY), chance)];
      return [id, recorded(tabs[of], ({ data }) => data, chance)];
    }),
  );
};
const HERE = { status: 'not-afk' };
const AWAY = { status: 'afk' };

export const storedAs = ({ start, end, data }: Recorded, id: number): StoredEvent => ({
  id,
  startUs: BigInt(start),
  durationNs: BigInt(end - start) * 1000n,
  data,
});
