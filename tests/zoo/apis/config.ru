# SPDX-License-Identifier: ISC
# The API as a Rack application, for puma.
require 'json'

run(lambda do |env|
  asked = JSON.parse(env['rack.input'].read)
  right = asked == { 'username' => 'alice@example.org', 'password' => 'secret' }
  reply = right ? { success: true } : { success: false, message: 'wrong password' }
  [right ? 200 : 403, { 'content-type' => 'application/json' }, [JSON.generate(reply)]]
end)
