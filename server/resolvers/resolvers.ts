import { makeAccountExport } from './account-export.ts';
import { makeAccountLog } from './account-log.ts';
import { makeAccountRemoval } from './account-removal.ts';
import { makeAccounts } from './accounts.ts';
import { makeBuckets } from './buckets.ts';
import { makeChanges } from './changes.ts';
import type { Deps } from './deps.ts';
import { makeDeviceGrants } from './device-grants.ts';
import { makeDevices } from './devices.ts';
import { makeEvents } from './events.ts';
import { makeActivity } from './facts/activity.ts';
import { makeCalendar } from './facts/calendar-settings.ts';
import { makeCategories } from './facts/categories.ts';
import { makeKeepDaily } from './facts/keep-daily.ts';
import { makeEventsAt } from './events-at.ts';
import { makeEventValues } from './facts/event-values.ts';
import { makeKeepFacts } from './facts/keep-facts.ts';
import { makeLanes } from './facts/lanes.ts';
import { makePreviewCategories } from './facts/preview-categories.ts';
import { makeValueParts } from './facts/value-parts.ts';
import { makeGraph } from './graph.ts';
import { makeHeartbeats } from './heartbeats.ts';
import { makeHistories } from './histories.ts';
import { makeIdentities, makeOperatedIdentities } from './identities.ts';
import { makeImports } from './imports.ts';
import { makeInfo } from './info.ts';
import { makeKeyRotation } from './key-rotation.ts';
import { makeKeys } from './keys.ts';
import { makeLoginLinks } from './login-links.ts';
import { makeOperating } from './operating.ts';
import { makeOwnAccount } from './own-account.ts';
import { makeParts } from './parts.ts';
import { makeInvitations } from './invitations.ts';
import { makePeople } from './people.ts';
import { makePasskeys } from './passkeys.ts';
import { makeProof } from './proof.ts';
import { makePush } from './push.ts';
import { makeQuery } from './query.ts';
import { makeReading, makeSumming } from './reading.ts';
import { makeSessions } from './sessions.ts';
import { makeSettings } from './settings.ts';
import { makeSqlRoles } from './sql-roles.ts';
import { makeToldProofs } from './told-proofs.ts';
import { makeTrashKeeping } from './trash-keeping.ts';
import { makeTrash } from './trash.ts';
import { makeValueKeeping } from './value-keeping.ts';

/** All the rules, over one database. The two APIs and the command line use this, and nothing below it. */
export const makeResolvers = (deps: Deps) => {
  const accountRemoval = makeAccountRemoval(deps);
  const info = makeInfo(deps);
  const reading = makeReading();
  const summing = makeSumming();
  const values = makeValueKeeping(deps);
  const trash = makeTrash(deps, reading, values);
  const buckets = makeBuckets(deps, info, values);
  const devices = makeDevices(deps, makeParts(deps, reading));
  const events = makeEvents(deps, reading, values);
  const settings = makeSettings(deps);
  const facts = makeKeepFacts(deps);
  const categories = makeCategories(deps);
  const valueParts = makeValueParts(deps);
  const log = makeAccountLog(deps);
  return {
    accountExport: makeAccountExport(deps, { buckets, devices, events, log, settings }),
    accountLog: log,
    accountRemoval,
    accounts: makeAccounts(deps),
    activity: makeActivity(deps, facts, categories, valueParts, summing),
    buckets,
    calendar: makeCalendar(deps),
    changes: makeChanges(deps, reading),
    daily: makeKeepDaily(deps, facts, categories),
    deviceGrants: makeDeviceGrants(deps),
    devices,
    events,
    eventsAt: makeEventsAt(deps, reading),
    eventValues: makeEventValues(deps, categories),
    facts,
    graph: makeGraph(deps),
    heartbeats: makeHeartbeats(deps),
    histories: makeHistories(deps),
    identities: { ...makeIdentities(deps), ...makeOperatedIdentities(deps) },
    imports: makeImports(deps, info),
    info,
    lanes: makeLanes(deps, facts, categories),
    keys: makeKeys(deps),
    keyRotation: makeKeyRotation(deps),
    loginLinks: makeLoginLinks(deps),
    operating: makeOperating(deps),
    ownAccount: makeOwnAccount(deps, accountRemoval),
    people: { ...makePeople(deps, accountRemoval), ...makeInvitations(deps) },
    passkeys: makePasskeys(deps),
    previewCategories: makePreviewCategories(deps, facts, categories, valueParts, summing),
    proof: makeProof(deps),
    push: makePush(deps),
    query: makeQuery(deps),
    sessions: makeSessions(deps),
    settings,
    sqlRoles: makeSqlRoles(deps),
    toldProofs: makeToldProofs(deps, buckets),
    trash,
    trashKeeping: makeTrashKeeping(deps, trash, values),
    values,
  };
};

export type Resolvers = ReturnType<typeof makeResolvers>;
