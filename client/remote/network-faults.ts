/** Why no answer came from kt-server, according to Node's fetch: what happened in words, and what to do. */
import { parsedUrl } from '../../domain/parsed-url.ts';

/** The first `code` in an error's chain of causes: fetch wraps the actual error once or twice. */
const codeOf = (error: unknown): string | null => {
  let at = error as { code?: unknown; cause?: unknown } | null | undefined;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth++, at = at.cause as typeof at) {
    if (typeof at.code === 'string') return at.code;
  }
  return null;
};

/** OpenSSL's codes for a certificate whose issuer Node does not know: a private authority, or none at all. */
const UNKNOWN_ISSUER = new RegExp(
  '^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|' +
    'UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|CERT_UNTRUSTED)$',
);
const NO_TLS = /^(ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL)|EPROTO)$/;
const NO_NAME = /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME|EAI_FAIL)$/;
const NO_WAY = /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/;
const SLOW = /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT)$/;

/**
 * Did the other side close the connection early, or answer something other than HTTP? An https port does that to a
 * plain http request.
 */
export const isHangUp = (error: unknown): boolean =>
  /^(UND_ERR_SOCKET|ECONNRESET|EPIPE|HPE_\w+)$/.test(codeOf(error) ?? '');

const hostOf = (url: string): string => parsedUrl(url)?.hostname ?? url;

/** What a network failure at `url` means, without a full stop. */
export const networkWords = (error: unknown, url: string): string => {
  const code = codeOf(error) ?? '';
  const cannot = (why: string) => `the kt-server at ${url} cannot be reached (${why})`;
  if (error instanceof Error && error.name === 'TimeoutError')
    return `${cannot('no answer in time')}: is it running, and is the URL right?`;
  if (UNKNOWN_ISSUER.test(code)) {
    return (
      `${cannot(code)}: its certificate is of an authority that Node does not know; ` +
      "give Node that authority's certificate, by NODE_EXTRA_CA_CERTS=/path/to/ca.pem in the environment"
    );
  }
  if (code === 'CERT_HAS_EXPIRED')
    return `${cannot(code)}: its certificate has expired; renew it, or set the clock of this computer`;
  if (code === 'CERT_NOT_YET_VALID')
    return `${cannot(code)}: its certificate is not valid yet; set the clock of this computer`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `${cannot(code)}: its certificate is for another name; give the name that stands in it`;
  if (NO_TLS.test(code))
    return `${cannot(code)}: what listens there speaks no TLS; is it ${url.replace(/^https:/i, 'http:')}?`;
  if (NO_NAME.test(code))
    return `${cannot(code)}: the name ${hostOf(url)} does not resolve; check the URL and the network`;
  if (NO_WAY.test(code)) return `${cannot(code)}: no route leads there; check the network, and the URL`;
  if (SLOW.test(code))
    return `${cannot(code)}: nothing answers there in time; check the URL, the network, and a firewall between`;
  if (code === 'ECONNREFUSED') return `${cannot(code)}: nothing listens there; is it running, and is the URL right?`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  if (cause === 'bad port')
    return `${cannot('a port that browsers block')}: Node's fetch refuses it; let kt-server listen at another`;
  return `${cannot(code || 'no answer')}: is it running, and is the URL right?`;
};
