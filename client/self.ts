/**
 * How this client is started, for every hint that names a command: pasted into a shell, it must start this very client.
 */
const NAME = 'kt-client';

/** Text for a person, with the commands in its hints as they are typed here. */
export const asStarted = (text: string, self: string): string =>
  self === NAME ? text : text.replace(/`kt-client(?=[ `])/g, () => `\`${self}`);

/** The same stream, with what is written passed through `asStarted`; a terminal still counts as one. */
export const startedStream = <Stream extends NodeJS.WritableStream>(stream: Stream, self: string): Stream => {
  if (self === NAME) return stream;
  const write = (chunk: string | Uint8Array, ...rest: never[]): boolean =>
    (stream.write as (...args: unknown[]) => boolean).call(
      stream,
      asStarted(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString(), self),
      ...rest,
    );
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'write') return write;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member as (...args: unknown[]) => unknown).bind(target) : member;
    },
  });
};
