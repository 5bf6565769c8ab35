import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { bodyOf, piecesOf } from '../http/pieces.ts';

const QUERY = `# Put your API key behind "Bearer" in the Headers pane
# below, then press the play button.
{
  viewer {
    email
    devices {
      hostname
      lastSyncAt
      buckets {
        id
        type
        eventCount
        lastEventAt
      }
    }
  }
}
`;

let page: Promise<Buffer> | undefined;

/**
 * GraphiQL as one page with its scripts in it: it asks nobody else for anything. 9 MB, so it is made once, on the first
 * request, and kept gzipped (2.4 MB); the module that holds it is loaded no sooner.
 */
const gzippedPage = (): Promise<Buffer> =>
  (page ??= (async () => {
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    const html = renderGraphiQL({
      title: 'kt-server',
      // No endpoint: the page asks where it stands, also below a proxy's prefix.
      headers: JSON.stringify({ Authorization: 'Bearer ' }, null, 2),
      defaultEditorToolsVisibility: 'headers',
      defaultQuery: QUERY,
      // A key in the page's storage would outlive the session, and be there for whoever comes next.
      shouldPersistHeaders: false,
    });
    return promisify(gzip)(html);
  })());

/** Does a browser ask to see a page? */
export const wantsPage = (request: Request): boolean =>
  request.method === 'GET' &&
  (request.headers.get('accept') ?? '').includes('text/html') &&
  !new URL(request.url).searchParams.has('query');

/**
 * The page as an answer, gzipped where the browser takes it, and inflated piece by piece where it does not. It is
 * written as fast as it is read: a hundred readers that did not read once held 1.4 GB of copies.
 */
export const graphiqlPage = async (zipped: boolean): Promise<Response> => {
  const pieces = piecesOf(await gzippedPage());
  // Who reads it is told what fails; pipeline itself only carries an end from one stream to the other.
  const body = zipped ? pieces : pipeline(Readable.from(pieces, { objectMode: false }), createGunzip(), () => {});
  return new Response(bodyOf(body), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'accept, accept-encoding',
      'x-frame-options': 'SAMEORIGIN',
      'x-content-type-options': 'nosniff',
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    },
  });
};
