/** Other sync systems on this computer: each makes copies, so with two of them every copy exists twice. */
import { AW_SYNC_ORIGIN_KEY, copyOrigin, ORIGIN_KEY, SYNCED_FROM, type Bucket } from '../../domain/bucket.ts';
import { isJsonObject } from '../../domain/data.ts';
import type { Facts } from './facts.ts';
import { ok, warn, type Finding } from '../../cli/finding.ts';

const isOfAwSync = (bucket: Bucket): boolean =>
  AW_SYNC_ORIGIN_KEY in bucket.data || (bucket.id.includes(SYNCED_FROM) && copyOrigin(bucket) === null);

/** The server a copy came from, if its mark was kept. */
const serverOf = ({ data }: Bucket): unknown =>
  isJsonObject(data[ORIGIN_KEY]) ? data[ORIGIN_KEY]['server'] : undefined;

const named = (buckets: readonly Bucket[]): string => {
  const [first, ...rest] = buckets;
  return `${first?.id ?? ''}${rest.length > 0 ? ` and ${rest.length} more` : ''}`;
};

export const judgeOtherSyncs = ({ buckets, devices, server, state }: Facts): Finding[] => {
  const about = 'other syncs';
  if (buckets === null || !('value' in buckets)) return [];
  const all = buckets.value.map(({ bucket }) => bucket);
  const findings: Finding[] = [];
  const theirs = all.filter(isOfAwSync);
  if (theirs.length > 0) {
    findings.push(
      warn(
        about,
        `aw-sync left copies here (${named(theirs)})`,
        'they are left alone and not pushed; run one of the two, or the same events show twice',
      ),
    );
  }
  const known = devices && 'value' in devices ? new Set(devices.value.map(({ deviceId }) => deviceId)) : null;
  const own = server && 'value' in server ? server.value.deviceId : null;
  const copies = new Set(state && 'value' in state ? state.value?.copies.map(({ localId }) => localId) : []);
  const isForeign = (bucket: Bucket): boolean => {
    const origin = copyOrigin(bucket);
    if (!origin) return false;
    if (known !== null && !known.has(origin.device)) return true;
    // A server that moved has another id than in the marks: a copy on our list still counts as live.
    const server = serverOf(bucket);
    return typeof server === 'string' && own !== null && server !== own && !copies.has(bucket.id);
  };
  const foreign = all.filter(isForeign);
  if (foreign.length > 0) {
    findings.push(
      warn(
        about,
        `copies of devices that this kt-server does not know are here (${named(foreign)}): ` +
          'of another kt-server, or of a device that was deleted',
        'sync with one kt-server only; what is left of the other you can delete in ActivityWatch',
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(about, 'none is seen')];
};
