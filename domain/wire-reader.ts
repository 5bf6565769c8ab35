/** Reads events of a long list from their texts, without parsing data again that an earlier one had too. */
import { isJsonObject, type JsonObject } from './data.ts';
import { isEventInRange } from './event.ts';
import { parsePlainTime } from './plain-time.ts';
import { markShared } from './shared-data.ts';
import { secondsToNanos, type ZoneNote } from './time.ts';
import { eventFromWire, type EventInput } from './wire.ts';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.source;
/** An event up to its data as clients write it, with blanks or without. Nothing after the data is looked at here. */
const UP_TO_DATA = new RegExp(
  `^\\{ ?(?:"id": ?null, ?)?"timestamp": ?"([^"\\\\]*)", ?"duration": ?(${NUMBER}), ?"data": ?(?=\\{)`,
);

/** Longer data are parsed each time: they are rarely the same, and the text would be kept beside them. */
const LONGEST_KNOWN = 2_000;

/** An event that was read from its text. */
export class ReadEvent implements EventInput {
  readonly id = null;
  readonly startUs: bigint;
  readonly durationNs: bigint;
  readonly data: JsonObject;

  constructor(startUs: bigint, durationNs: bigint, data: JsonObject) {
    this.startUs = startUs;
    this.durationNs = durationNs;
    this.data = data;
  }
}

/**
 * Reads the texts of one list's elements: the usual ones into `ReadEvent`, any other as JSON.parse does. Events whose
 * data is the same text share one object.
 */
export const makeEventReader = (): ((piece: string) => unknown) => {
  const known = new Map<string, JsonObject>();

  const dataOf = (text: string): JsonObject | null => {
    const found = known.get(text);
    if (found) {
      markShared(found);
      return found;
    }
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      // There is more than the data, or it is none: whoever reads the whole will know.
      return null;
    }
    if (!isJsonObject(data)) return null;
    // A copy of the text: a part of a long one would keep the whole of it.
    if (text.length <= LONGEST_KNOWN) known.set(copied(text), data);
    return data;
  };

  return (piece) => {
    const match = UP_TO_DATA.exec(piece);
    if (!match || !piece.endsWith('}')) return JSON.parse(piece);
    const startUs = parsePlainTime(match[1]!);
    const durationNs = secondsToNanos(Number(match[2]));
    if (startUs === null || durationNs === null) return JSON.parse(piece);
    // What is between the start of the data and the last bracket is one value, or the event has more members.
    const data = dataOf(piece.slice(match[0].length, -1));
    if (!data) return JSON.parse(piece);
    const event = new ReadEvent(BigInt(startUs), durationNs, data);
    return isEventInRange(event) ? event : JSON.parse(piece);
  };
};

const copied = (text: string): string => text.split('').join('');

/** What `makeEventReader` made of an element as an event. Fails as `eventFromWire`. */
export const eventFromRead = (read: unknown, what: string, zones?: ZoneNote): EventInput =>
  read instanceof ReadEvent ? read : eventFromWire(read, what, zones);
