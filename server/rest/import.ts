/** Import of a file that an export, ours or aw-server's, made: spec/rest 6. */
import { KtError } from '../../domain/errors.ts';
import type { ZoneNote } from '../../domain/time.ts';
import type { Receive } from '../http/upload.ts';
import type { ImportPart, ImportReport } from '../resolvers/imports.ts';
import { ok } from './answer.ts';
import { importParts } from './import-file.ts';
import type { UploadHandler } from './route.ts';

/** What the field of a form is called: aw-webui says the first. Anything else in the form is ignored. */
const FIELDS = ['buckets.json', 'buckets'];

export const run: UploadHandler = async ({ viewer, receive, zones, signal, resolvers }) =>
  ok(reportToWire(await resolvers.imports.run(viewer, received(receive, zones), signal)));

/**
 * What a request's files hold, received when the first of it is asked for: until then nothing of them takes room here.
 */
async function* received(receive: Receive, zones: ZoneNote): AsyncGenerator<ImportPart> {
  const files = await receive((field) => FIELDS.includes(field));
  try {
    if (files.length === 0)
      throw new KtError('malformed', `the form has no file in a field ${JSON.stringify(FIELDS[0])}`);
    for (const file of files) yield* importParts(file.chunks(), zones);
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/**
 * spec/rest DEV-20. `moreRefused` is there only where the list of the refused is not all, `note` where there is
 * something to say.
 */
const reportToWire = (report: ImportReport) => ({
  buckets: Object.fromEntries(
    [...report].map(([id, { moreRefused, note, ...bucket }]) => [
      id,
      { ...bucket, ...(moreRefused > 0 ? { moreRefused } : {}), ...(note === null ? {} : { note }) },
    ]),
  ),
});
