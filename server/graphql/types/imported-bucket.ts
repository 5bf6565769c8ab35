import { markKey, type Mark } from '../../../domain/sync/history.ts';
import type { ImportedBucket } from '../../../domain/sync/take-over.ts';
import type { Builder } from '../builder.ts';
import { costOfList } from '../cost.ts';

const marks = (found: readonly Mark[]): string[] => found.map(markKey);

/** A bucket that an import made, with a probe by which a device recognizes its own history. */
export const addImportedBucket = (builder: Builder) =>
  builder.objectRef<ImportedBucket>('ImportedBucket').implement({
    needs: 'pass',
    description:
      'A bucket that imports alone made and filled. The device whose history it holds may take it over with ' +
      'its first push.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'The bucket’s `id` in this account: `takeOver` names it.' }),
      bucketId: t.exposeString('bucketId', { description: 'What the imported file called it.' }),
      type: t.exposeString('type', { description: 'Its type.' }),
      newest: t.stringList({
        description:
          'Marks of its 20 newest events: the start in whole milliseconds since 1970, a space, and a hash of the data.',
        complexity: costOfList(1),
        resolve: ({ probe }) => marks(probe.newest),
      }),
      spread: t.stringList({
        description: 'The same of 20 spread over its history.',
        complexity: costOfList(1),
        resolve: ({ probe }) => marks(probe.spread),
      }),
    }),
  });
