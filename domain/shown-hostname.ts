/**
 * Hostnames for a viewer of several devices. aw-webui tells devices apart only by their buckets' hostnames: it shows a
 * bucket of host `unknown` under every host, and two devices with the same name as one. What is stored stays as the
 * watchers reported it; lists of buckets show this instead (spec/rest DEV-22), and copies are created with it
 * (spec/sync 3.4).
 */

/** What watchers report if they don't know the hostname (aw-watcher-web and aw-stopwatch do). */
const UNKNOWN = 'unknown';

/** Is this no real hostname: empty, blank or `unknown`? */
export const isNoHostname = (hostname: string): boolean => hostname.trim() === '' || hostname === UNKNOWN;

/** The facts about a device that its shown name depends on; `deviceId` is unique within a list. */
export type NamedDevice = { readonly deviceId: string; readonly hostname: string };

/**
 * The shown name of each device, by its id: its hostname, or `<hostname> (2)`, `(3)` … if an earlier device has that
 * name. In order of registration, so that a later device changes nobody's name. No two names are equal.
 */
export const shownHostnames = (devices: Iterable<NamedDevice>): ReadonlyMap<string, string> => {
  const shown = new Map<string, string>();
  const taken = new Set<string>();
  // Where to continue counting: a thousand devices with one name take a thousand steps, not half a million.
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
 * The hostname shown for a bucket: its device's shown name if the watcher gave none, or the device's own; any other
 * name (of a phone whose events this device passes on, or from before the device was renamed) unchanged.
 */
export const shownHostname = (
  bucket: { readonly hostname: string },
  device: NamedDevice,
  shown: ReadonlyMap<string, string>,
): string =>
  isNoHostname(bucket.hostname) || bucket.hostname === device.hostname
    ? (shown.get(device.deviceId) ?? device.hostname)
    : bucket.hostname;
