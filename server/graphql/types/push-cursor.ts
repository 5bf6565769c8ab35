import type { PushCursor } from '../../../domain/sync/push.ts';
import type { Builder } from '../builder.ts';
import { msToMicros } from '../ms-to-micros.ts';

/** How far a bucket was pushed. Returned by registration and by push, which moves it. */
export const addPushCursor = (builder: Builder) =>
  builder.objectRef<PushCursor>('PushCursor').implement({
    needs: 'pass',
    description: 'How far a bucket was pushed, in whole milliseconds.',
    fields: (t) => ({
      head: t.field({
        type: 'DateTime',
        description: 'The newest start that was sent, but never later than the server’s clock.',
        resolve: (cursor) => msToMicros(cursor.headMs),
      }),
      foot: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Everything that starts at this time or later was sent once; null once the whole bucket was.',
        resolve: (cursor) => (cursor.footMs === null ? null : msToMicros(cursor.footMs)),
      }),
    }),
  });
