import { makeBuilder } from './builder.ts';
import { addBucket } from './types/bucket.ts';
import { addChanges } from './types/change.ts';
import { addDevice, addPushCursor } from './types/device.ts';
import { addEvent, addEventMutations } from './types/event.ts';
import { addPush } from './types/push.ts';
import { addServerInfo } from './types/server-info.ts';
import { addUser } from './types/user.ts';

/** The whole schema, types and their questions and changes, one file each in types/. */
export const makeSchema = () => {
  const builder = makeBuilder();
  builder.queryType({ description: 'What can be asked.' });
  builder.mutationType({ description: 'What can be changed.' });
  const Event = addEvent(builder);
  const PushCursor = addPushCursor(builder);
  addServerInfo(builder);
  addUser(builder);
  addDevice(builder, PushCursor);
  addBucket(builder, Event);
  addChanges(builder, Event);
  addEventMutations(builder, Event);
  addPush(builder, PushCursor);
  return builder.toSchema();
};
