import { makeBuilder } from './builder.ts';
import { addBucket } from './types/bucket.ts';
import { addChangedInstant, addChanges } from './types/change.ts';
import { addDigest } from './types/digest.ts';
import { addDevice, addPushCursor } from './types/device.ts';
import { addEvent, addEventMutations } from './types/event.ts';
import { addPageInfo } from './types/page-info.ts';
import { addHistory } from './types/history.ts';
import { addPush } from './types/push.ts';
import { addQuery } from './types/query-result.ts';
import { addServerInfo } from './types/server-info.ts';
import { addSetting } from './types/setting.ts';
import { addTrash } from './types/trash.ts';
import { addUser } from './types/user.ts';

/** The whole schema, types and their questions and changes, one file each in types/. */
export const makeSchema = () => {
  const builder = makeBuilder();
  builder.queryType({ description: 'What can be asked.' });
  builder.mutationType({ description: 'What can be changed.' });
  builder.subscriptionType({ description: 'What can be waited for.' });
  const Event = addEvent(builder);
  const Instant = addChangedInstant(builder, Event);
  const PushCursor = addPushCursor(builder);
  const PageInfo = addPageInfo(builder);
  addServerInfo(builder);
  addUser(builder);
  addDevice(builder, PushCursor);
  addBucket(builder, Event, PageInfo);
  addChanges(builder, Instant);
  addDigest(builder, Instant);
  addEventMutations(builder, Event);
  addTrash(builder, PageInfo);
  addHistory(builder);
  addPush(builder, PushCursor);
  addQuery(builder);
  addSetting(builder);
  return builder.toSchema();
};
