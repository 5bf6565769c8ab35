/** All scenarios, in the order in which they run. */
import type { Scenario } from './bench.ts';
import { backup } from './scenarios/backup.ts';
import { edit } from './scenarios/edits.ts';
import { facts } from './scenarios/facts.ts';
import { heartbeats } from './scenarios/heartbeats.ts';
import { imported } from './scenarios/import.ts';
import { post } from './scenarios/post.ts';
import { pull } from './scenarios/pull.ts';
import { push } from './scenarios/push.ts';
import { canonical, query } from './scenarios/query.ts';
import { read } from './scenarios/read.ts';
import { shapes } from './scenarios/shapes.ts';
import { small } from './scenarios/small.ts';
import { year } from './scenarios/year.ts';

export const SCENARIOS: readonly Scenario[] = [
  post,
  read,
  small,
  heartbeats,
  query,
  push,
  pull,
  year,
  shapes,
  edit,
  imported,
  canonical,
  facts,
  backup,
];
