/** Import of a file that an export, ours or aw-server's, made: aw-rest-api.md section 6. */
import { KtError } from '../../domain/errors.ts';
import type { Spool } from '../http/spool.ts';
import { done } from './answer.ts';
import { importParts } from './import-file.ts';
import type { UploadHandler } from './route.ts';

/** What the field of a form is called: aw-webui says the first. Anything else in the form is ignored. */
const FIELDS = ['buckets.json', 'buckets'];

export const run: UploadHandler = async ({ viewer, receive, resolvers }) => {
  // Received whole before the transaction begins: on the embedded engine everybody waits while it runs.
  const files = await receive((field) => FIELDS.includes(field));
  try {
    if (files.length === 0) throw new KtError('malformed', `the form has no file in a field ${JSON.stringify(FIELDS[0])}`);
    await resolvers.imports.run(viewer, partsOf(files));
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
  return done();
};

async function* partsOf(files: readonly Spool[]) {
  for (const file of files) yield* importParts(file.chunks());
}
