/**
 * Ends the process where Node is older than what we are written for: it would stumble over what it does not know, and
 * show where. Plain JavaScript that old versions read, to be imported before all else.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `kt-server and kt-client need Node.js 20.19 or newer, and this is ${process.versions.node}: ` +
      'install one from https://nodejs.org, then run this again.\n',
  );
  process.exit(1);
}
