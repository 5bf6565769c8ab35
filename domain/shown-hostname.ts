/**
 * Hostnames as a viewer of several devices needs them. aw-webui tells devices apart by their buckets' hostnames
 * alone: it shows a bucket of host `unknown` under every host, and two devices of one name as one. What is stored
 * stays as the watchers said it; this is what a list of buckets shows instead (spec/rest DEV-22), and what a copy is
 * created with (spec/sync 3.4).
 */

/** What a watcher says where it does not know (aw-watcher-web and aw-stopwatch do). */
const UNKNOWN = 'unknown';

/** Is this no hostname at all: empty, blank or `unknown`? */
export const isNoHostname = (hostname: string): boolean => hostname.trim() === '' || hostname === UNKNOWN;

/** A device as far as its shown name needs it; `deviceId` is unique among those that are given together. */
export type NamedDevice = { readonly deviceId: string; readonly hostname: string };

/**
 * What each device is called, by its id: its hostname, or `<hostname> (2)`, `(3)` … where a device before it is called
 * so. Given in order of registration, a device that comes later changes nobody's name. No two names are equal.
 */
export const shownHostnames = (devices: Iterable<NamedDevice>): ReadonlyMap<string, string> => {
  const shown = new Map<string, string>();
  const taken = new Set<string>();
  // Where to go on counting: a thousand devices of one name are a thousand steps, and not half a million.
  const next = new Map<string, number>();
  for (const { deviceId, hostname } of devices) {
    let name = hostname;
    let n = next.get(hostname) ?? 2;
    while (taken.has(name)) name = `${hostname} (${n++})`;
    next.set(hostname, n);
    taken.add(name);
    shown.set(deviceId, name);
  }
  return shown;
};

/**
 * The hostname that a bucket shows: its device's shown one where the watcher gave none, or the device's own; any other
 * name (of a phone whose events this device passes on, or from before the device was renamed) as it is.
 */
export const shownHostname = (
  bucket: { readonly hostname: string },
  device: NamedDevice,
  shown: ReadonlyMap<string, string>,
): string =>
  isNoHostname(bucket.hostname) || bucket.hostname === device.hostname
    ? (shown.get(device.deviceId) ?? device.hostname)
    : bucket.hostname;
