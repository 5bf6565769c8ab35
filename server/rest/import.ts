/** Imports a file that an export, ours or aw-server's, made: spec/rest 6. */
import { KtError } from '../../domain/errors.ts';
import type { ZoneNote } from '../../domain/time.ts';
import type { Receive } from '../http/upload.ts';
import type { ImportReport } from '../resolvers/import-report.ts';
import type { ImportPart } from '../resolvers/stage-import.ts';
import { ok } from './answer.ts';
import { importParts } from './import-file.ts';
import type { UploadHandler } from './route.ts';

/** The names of the form's field: aw-webui uses the first. Other fields are ignored. */
const FIELDS = ['buckets.json', 'buckets'];

export const run: UploadHandler = async ({ viewer, receive, zones, signal, resolvers }) =>
  ok(reportToWire(await resolvers.imports.run(viewer, received(receive, zones), signal)));

/**
 * The content of a request's files. They are received when the first content is requested: until then they take no
 * space.
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
 * spec/rest DEV-20. `moreRefused` is present only if the list of refused events is incomplete, `note` only if there is
 * a remark.
 */
const reportToWire = (report: ImportReport) => ({
  buckets: Object.fromEntries(
    [...report].map(([id, { moreRefused, note, ...bucket }]) => [
      id,
      { ...bucket, ...(moreRefused > 0 ? { moreRefused } : {}), ...(note === null ? {} : { note }) },
    ]),
  ),
});
