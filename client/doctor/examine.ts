import { judgeOtherSyncs } from './other-syncs.ts';
import type { Facts } from './facts.ts';
import type { Finding } from '../../cli/finding.ts';
import { judgeClock, judgeKey, judgeServer, judgeStream } from './the-server.ts';
import { judgeAside, judgeConfig, judgeDaemon, judgeFuture, judgeLocal, judgeState } from './this-computer.ts';

/** All checks of the doctor, in the order a person would go through them. */
const JUDGES: readonly ((facts: Facts) => Finding[])[] = [
  judgeConfig,
  judgeLocal,
  judgeServer,
  judgeKey,
  judgeClock,
  judgeStream,
  judgeState,
  judgeOtherSyncs,
  judgeFuture,
  judgeAside,
  judgeDaemon,
];

export const examine = (facts: Facts): Finding[] => JUDGES.flatMap((judge) => judge(facts));
