// SPDX-License-Identifier: ISC
// Express: PORT CERTIFICATE KEY
'use strict';
const fs = require('fs');
const https = require('https');
const express = require('express');
const answer = require('./answer.js');

const [port, certificate, key] = process.argv.slice(2);
const app = express();
app.use(express.json());
app.post('/api/login', (request, response) => {
  const [status, reply] = answer(request.body);
  response.status(status).json(reply);
});
https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, app)
  .listen(Number(port), '127.0.0.1');
