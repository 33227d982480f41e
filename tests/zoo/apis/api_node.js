// SPDX-License-Identifier: ISC
// Node's own server: PORT [CERTIFICATE KEY], without them in the clear.
'use strict';
const fs = require('fs');
const answer = require('./answer.js');

const [port, certificate, key] = process.argv.slice(2);

function handle(request, response) {
  let body = '';
  request.on('data', (data) => { body += data; });
  request.on('end', () => {
    const [status, reply] = answer(JSON.parse(body));
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(reply));
  });
}

const server = certificate
  ? require('https').createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, handle)
  : require('http').createServer(handle);
server.listen(Number(port), '127.0.0.1');
