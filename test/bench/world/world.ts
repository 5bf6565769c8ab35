/** Servers with nothing in them: ours on each engine, and the peer if there is one. */
import { join } from 'node:path';
import type { Processes } from '../../support/processes.ts';
import { openPeer, type Aw, type Programs } from './aw.ts';
import { openFloor, type Floor } from './floors.ts';
import type { Ours } from './ours.ts';

export type World = {
  readonly ours: readonly Ours[];
  readonly peer: Aw | null;
  /** All of them, to be asked by the REST API. */
  readonly served: readonly (Ours | Aw)[];
  /** The floors of ours, as soon as they have what they need in their databases; closed with the world. */
  floors(): Promise<ReadonlyMap<Ours['side'], Floor>>;
  close(): Promise<void>;
};

/** Starts them; `starts`: each of ours. */
export const openWorld = async (
  processes: Processes,
  programs: Programs,
  starts: readonly (() => Promise<Ours>)[],
): Promise<World> => {
  const [peer, ...ours] = await Promise.all([openPeer(processes, programs), ...starts.map((start) => start())]);
  const floors = new Map<Ours['side'], Floor>();
  const closeFloors = async (): Promise<void> => {
    for (const floor of floors.values()) await floor.close();
    floors.clear();
  };
  const served = peer === null ? ours : [...ours, peer];
  return {
    ours,
    peer,
    served,
    floors: async () => {
      await closeFloors();
      for (const one of ours) floors.set(one.side, await openFloor(one, join(processes.folder(), 'database')));
      return floors;
    },
    close: async () => {
      await closeFloors();
      for (const one of served) await one.close();
    },
  };
};
