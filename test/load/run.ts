/** Runs a load in steps, and tells of each what came of it and what the servers and PostgreSQL were busy with. */
import { setTimeout as sleep } from 'node:timers/promises';
import { makeLoad, KINDS, type LoadFigures, type Rates } from './load.ts';
import { makePeople } from './people.ts';
import { startWatch, type Watched } from './watch.ts';
import { openWire } from './wire.ts';

export type Step = {
  readonly devices: number;
  readonly rates: Rates;
  readonly seconds: number;
  /** Seconds before that do not count. */
  readonly warm: number;
};

export type StepFigures = Step & { readonly load: LoadFigures; readonly watched: Watched };

export type RunOptions = {
  readonly urls: readonly string[];
  readonly databaseUrl: string;
  readonly metricsKey?: string | undefined;
  readonly steps: readonly Step[];
  /** Devices of an account. */
  readonly perAccount: number;
  /** Events of a push. */
  readonly pushEvents: number;
  /** Ends the steps early where one bends: see `bends`. */
  readonly untilItBends: boolean;
  told(step: StepFigures): void;
  /** What happens before the first of them. */
  say(line: string): void;
};

/** Connections for requests to each server. */
const SOCKETS = 256;

/** Why a step is more than the servers can do; null where it is not. */
export const bends = ({ load, rates }: StepFigures): string | null => {
  for (const kind of KINDS) {
    const { asked, well, p99, errors } = load[kind];
    if (asked === 0) continue;
    const failed = Object.values(errors).reduce((a, b) => a + b, 0);
    if (failed > asked / 1_000) return `${failed} of ${asked} ${kind} failed`;
    // Those of the last second, or one, may be under way when the step ends.
    if (well < 0.95 * asked - Math.max(1, rates[kind])) return `${well} of ${asked} ${kind} were answered`;
    if (kind === 'heartbeats' && p99! > 1_000) return `1 % of heartbeats took more than ${Math.round(p99!)} ms`;
  }
  const lost = Object.values(load.subscriptions.errors).reduce((a, b) => a + b, 0);
  return lost > 0 ? `${lost} subscriptions ended` : null;
};

/** Makes the devices, and does the steps one after the other. Fails where a server's metrics can't be read. */
export const runLoad = async (options: RunOptions): Promise<StepFigures[]> => {
  const { urls, databaseUrl, steps, perAccount, say, told } = options;
  const count = Math.max(...steps.map(({ devices }) => devices));
  say(`making ${count} devices, ${perAccount} of each account`);
  const people = await makePeople(databaseUrl, { count, perAccount, servers: urls.length });
  const wires = urls.map((url) => openWire(url, SOCKETS));
  const load = makeLoad(wires, options.pushEvents);
  const watch = await startWatch(urls, databaseUrl, options.metricsKey);
  const done: StepFigures[] = [];
  try {
    for (const step of steps) {
      await load.set(people.slice(0, step.devices), step.rates);
      if (step.warm > 0) {
        await sleep(step.warm * 1_000);
        load.take();
        await watch.take();
      }
      await sleep(step.seconds * 1_000);
      const figures = { ...step, load: load.take(), watched: await watch.take() };
      done.push(figures);
      told(figures);
      const why = bends(figures);
      if (why !== null && options.untilItBends) {
        say(`it bends here: ${why}`);
        break;
      }
    }
  } finally {
    await load.stop();
    await watch.close();
    for (const wire of wires) wire.close();
  }
  return done;
};
