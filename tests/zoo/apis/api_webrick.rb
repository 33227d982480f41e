# SPDX-License-Identifier: ISC
# Ruby's webrick: PORT CERTIFICATE KEY
require 'json'
require 'webrick'
require 'webrick/https'

port, certificate, key = ARGV
server = WEBrick::HTTPServer.new(
  BindAddress: '127.0.0.1', Port: port.to_i, SSLEnable: true,
  SSLCertificate: OpenSSL::X509::Certificate.new(File.read(certificate)),
  SSLPrivateKey: OpenSSL::PKey.read(File.read(key)),
  Logger: WEBrick::Log.new($stderr, WEBrick::Log::WARN), AccessLog: []
)
server.mount_proc('/') do |request, response|
  asked = JSON.parse(request.body)
  right = asked == { 'username' => 'alice@example.org', 'password' => 'secret' }
  response.status = right ? 200 : 403
  response['Content-Type'] = 'application/json'
  response.body = JSON.generate(right ? { success: true } : { success: false, message: 'wrong password' })
end
trap('TERM') { server.shutdown }
server.start
