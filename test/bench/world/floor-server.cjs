/** The least that a server can do: answers everything with the same few bytes. Prints its port. */
const { createServer } = require('node:http');

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end('[{"id":1,"timestamp":"2024-01-01T08:00:00.000000+00:00","duration":1.5,"data":{"app":"a"}}]');
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`port ${server.address().port}\n`));
