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
 * GraphiQL as one page with its scripts inline, so that it loads nothing from elsewhere. It has 9 MB, so the page is
 * built once, on the first request, and kept gzipped (2.4 MB); the module that contains it is not loaded before that.
 */
const gzippedPage = (): Promise<Buffer> =>
  (page ??= (async () => {
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    const html = renderGraphiQL({
      title: 'kt-server',
      // Without an endpoint, the page sends requests to its own address, so it works below a proxy's prefix too.
      headers: JSON.stringify({ Authorization: 'Bearer ' }, null, 2),
      defaultEditorToolsVisibility: 'headers',
      defaultQuery: QUERY,
      // A key in the page's storage would outlive the session and be visible to the next person.
      shouldPersistHeaders: false,
    });
    return promisify(gzip)(html);
  })());

/** Whether a browser wants to show a page. */
export const wantsPage = (request: Request): boolean =>
  request.method === 'GET' &&
  (request.headers.get('accept') ?? '').includes('text/html') &&
  !new URL(request.url).searchParams.has('query');

/**
 * The page as a response: gzipped if the browser accepts that, otherwise inflated in pieces as fast as it is read. (A
 * hundred clients that did not read once held 1.4 GB of copies.)
 */
export const graphiqlPage = async (zipped: boolean): Promise<Response> => {
  const pieces = piecesOf(await gzippedPage());
  // The iteration below reports errors; pipeline itself only passes an end or an error from one stream to the other.
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
