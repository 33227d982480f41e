// SPDX-License-Identifier: ISC
// The one account of the APIs here that are written in JavaScript.
'use strict';

module.exports = (asked) => {
  const right = asked.username === 'alice@example.org' && asked.password === 'secret';
  return right ? [200, { success: true }] : [403, { success: false, message: 'wrong password' }];
};
