/**
 * The model test: two machines on one account, any sequence of operations (ops.ts), and then quiet. In the end each
 * machine's aw-server and the server must hold the same events, also in copies; nothing twice; and one more pass must
 * write nothing.
 *
 * Two differences are allowed: rows that the server keeps of databases that are gone (they have no source id, and there
 * are never more of a key than were once made); and additional events in a copy, if something was deleted on the server
 * without a tombstone (a bucket deleted there, a server restored) or others wrote to the copy.
 */
import { openTestServer, type TestServer } from '../support/test-server.ts';
import { makeAccount, type Account } from './account.ts';
import { carryOut } from './carry-out.ts';
import { finish } from './finish.ts';
import { makeMachine, type Machine, type Time } from './machine.ts';
import { meetKtServer } from './other-aw.ts';
import { BUCKETS, type MachineDraft, type Scenario } from './ops.ts';
import { MINUTE_MS, type World } from './world.ts';

const BEGIN_MS = Date.UTC(2026, 5, 15, 12);

const furnish = async (machine: Machine, { buckets }: MachineDraft, offset: number): Promise<void> => {
  for (const [i, events] of buckets.entries()) {
    const id = BUCKETS[(i + offset) % BUCKETS.length]!;
    await machine.makeBucket(id);
    await machine.record(
      id,
      events.map((event) => machine.wire(event)),
    );
  }
};

/** One server for all scenarios, which run one after another: it uses the clock of the current one. */
let clock: Time = { nowMs: BEGIN_MS };
let shared: Promise<TestServer> | undefined;

/** Runs a scenario on an account of its own, and returns that. Fails with the first violation. */
export const play = async (scenario: Scenario): Promise<Account> => {
  const time: Time = { nowMs: BEGIN_MS };
  clock = time;
  const server = await (shared ??= openTestServer(() => new Date(clock.nowMs)));
  const account = makeAccount(server, await server.newUser());
  const machines = ['A', 'B'].map((name, i) =>
    makeMachine(
      name,
      time,
      account,
      scenario.machines[i]!.kind,
      scenario.machines[i]!.hostname,
      scenario.smallPages === true,
    ),
  ) as unknown as [Machine, Machine];
  const world: World = {
    time,
    account,
    machines,
    stalled: [],
    backup: null,
    serverLost: false,
    putBack: false,
    imported: false,
    importedAgain: false,
    apart: new Set(),
    lostPlaces: [],
    plain: true,
    day: scenario.day === true,
    shared: false,
    rows: [],
  };
  for (const [i, machine] of machines.entries()) await furnish(machine, scenario.machines[i]!, i);
  const { ktServer } = scenario;
  for (const [i, op] of scenario.ops.entries()) {
    time.nowMs += MINUTE_MS;
    try {
      await carryOut(world, op);
      if (ktServer && ktServer.after % scenario.ops.length === i) await meetKtServer(world, machines[ktServer.on]!);
    } catch (error) {
      throw new Error(`at operation ${i} (${op.op}): ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
  world.plain ||= scenario.passesAlone === true;
  await finish(world);
  return account;
};
