-- SPDX-License-Identifier: ISC
--
-- Has the accounts of a Prosody host kept by extauth-https: its frames and replies (doc/protocol.md
-- section 1.1) over a UNIX socket, behind which each connection is a program of its own. How to set
-- it up is in extauth-https(8), "Prosody".
--
-- A connection has one request at a time. What is not a reply of four bytes to it, or is one byte
-- more, ends the connection, and so does a request that is given up: no reply can be the next one's.

local async = require "util.async";
local cache = require "util.cache";
local new_sasl = require "util.sasl".new;
local now = require "util.time".monotonic;
local saslprep = require "util.encodings".stringprep.saslprep;
local server = require "net.server";
local timer = require "util.timer";
local unix = require "socket.unix";
if type(unix) == "function" then unix = { stream = unix }; end -- LuaSocket before 3.0

local host = module.host;
local path = module:get_option_string("extauth_https_socket", "/run/extauth-https.sock");
local connections_max = module:get_option_number("extauth_https_connections", 4);
local reply_time = module:get_option_number("extauth_https_timeout", 30); -- the program's is 28 at most
local remember_time = module:get_option_number("extauth_https_remember", 30);

local QUEUE_TIME = 10; -- seconds for a connection to become free: clients give up after some thirty
local BLOCKING_TIME = 5; -- seconds that a caller who cannot be suspended may hold up the server
local FRAME_MAX = 65535;
local REPLIES = { ["\0\2\0\0"] = "refused", ["\0\2\0\1"] = "granted", ["\0\2\0\2"] = "unavailable" };

assert(not host:find(":", 1, true), "a host with a colon in its name cannot be asked about");

local queue, idle, open = {}, {}, 0; -- requests; connections without one; number of connections
local unloaded, reachable = false, true;
local connection_of = setmetatable({}, { __mode = "k" }); -- by Prosody's handle of the socket

local pump;
local function pump_soon() timer.add_task(0, function () pump(); end); end

local function settle(request, verdict)
	if request.verdict then return; end
	request.verdict, request.frame = verdict, nil;
	timer.stop(request.timer);
	request.done();
end

local function close(connection)
	if connection.closed then return; end
	connection.closed, open = true, open - 1;
	for i = #idle, 1, -1 do
		if idle[i] == connection then table.remove(idle, i); end
	end
	-- Not close() where it can be helped: that first writes what is left of a request given up.
	local handle = connection.handle;
	(handle.destroy or handle.close)(handle);
	if connection.request then settle(connection.request, "unavailable"); end
	pump_soon(); -- not at once: Prosody may be going through its connections to close them all
end

local function send(connection, request)
	connection.request = request;
	timer.stop(request.timer);
	request.timer = timer.add_task(reply_time, function ()
		module:log("error", "%s gave no reply in %g s; connection closed", path, reply_time);
		close(connection);
	end);
	connection.handle:write(request.frame);
end

-- A connection on which nothing lies, not even its end; nil when there is none.
local listener = {};
local function connect()
	while #idle > 0 do
		local connection = table.remove(idle);
		local _, state = connection.socket:receive(1);
		if state == "timeout" then return connection; end
		close(connection);
	end
	if open >= connections_max then return; end
	local socket = unix.stream();
	socket:settimeout(0);
	local ok, err = socket:connect(path);
	local handle = ok and server.wrapclient(socket, path, 0, listener, "*a");
	if not handle then
		if reachable then module:log("error", "cannot connect to %s: %s", path, err); end
		reachable = false;
		socket:close();
		return;
	end
	open = open + 1;
	connection_of[handle] = { handle = handle, socket = socket, received = "" };
	return connection_of[handle];
end

function pump()
	while queue[1] do
		if queue[1].verdict then
			table.remove(queue, 1);
		else
			local connection = connect();
			if connection then
				send(connection, table.remove(queue, 1));
			elseif open > 0 then
				return; -- until a connection is free, or time is up
			else
				settle(table.remove(queue, 1), "unavailable");
			end
		end
	end
end

function listener.onincoming(handle, data, err)
	local connection = connection_of[handle];
	local request = connection.request;
	connection.received = connection.received..data;
	if request and #connection.received < 4 then return; end
	local verdict = request and REPLIES[connection.received];
	if not verdict then
		module:log("error", "%s sent something else than one reply; connection closed", path);
		return close(connection);
	end
	if not reachable then module:log("info", "%s answers again", path); end
	connection.received, connection.request, reachable = "", nil, true;
	if unloaded or (err and err ~= "timeout") then close(connection); else table.insert(idle, connection); end
	settle(request, verdict);
	pump();
end

function listener.ondisconnect(handle)
	local connection = connection_of[handle];
	if connection.request then module:log("error", "%s closed a connection instead of a reply", path); end
	close(connection);
end

-- For callers that cannot be suspended, such as timers.
local function ask_and_block(frame)
	local socket = unix.stream();
	socket:settimeout(BLOCKING_TIME);
	local reply = socket:connect(path) and socket:send(frame) and socket:receive(4);
	socket:close();
	return REPLIES[reply] or "unavailable";
end

-- "granted", "refused" or "unavailable".
local function ask(operation, username, password)
	local payload = operation..":"..(username or "")..":"..host..(password and ":"..password or "");
	-- A colon in the name would make a part of it the host.
	if not username or username == "" or username:find(":", 1, true) or #payload > FRAME_MAX then
		return "refused";
	end
	local frame = string.char(math.floor(#payload / 256), #payload % 256)..payload;
	if not async.ready() then return ask_and_block(frame); end

	local wait, done = async.waiter();
	local request = { frame = frame, done = done };
	request.timer = timer.add_task(QUEUE_TIME, function ()
		module:log("warn", "no connection to %s was free in %d s", path, QUEUE_TIME);
		settle(request, "unavailable");
	end);
	table.insert(queue, request);
	pump();
	wait();
	return request.verdict;
end

local function result(verdict)
	if verdict == "granted" then return true; end
	return nil, verdict == "refused" and "refused by the API" or "the API cannot be asked at the moment";
end

local known = cache.new(10000); -- who exists: asked for each message to a user who is offline
local function remember(username, exists) known:set(username, { exists = exists, since = now() }); end

local provider = {};
local new = setmetatable({}, { __mode = "v" }); -- by name: the coroutine that makes an account in two steps
local function this_coroutine() return coroutine.running() or "main"; end

local function take_new(username)
	local is_new = new[username] == this_coroutine();
	if is_new then new[username] = nil; end
	return is_new;
end

local function with_password(operation, username, password)
	password = saslprep(password);
	if not password or password == "" then return nil, "the password is empty or has characters that SASL forbids"; end
	local verdict = ask(operation, username, password);
	if verdict == "granted" then remember(username, true); end
	return result(verdict);
end

function provider.test_password(username, password)
	return with_password("auth", username, password);
end

function provider.set_password(username, password)
	return with_password(take_new(username) and "tryregister" or "setpass", username, password);
end

function provider.create_user(username, password)
	if password then return with_password("tryregister", username, password); end
	new[username] = this_coroutine(); -- Prosody 13: a role and then a password follow
	return true;
end

function provider.delete_user(username)
	-- Prosody 13 could not give a new account its role. It may be another one's by now: leave it alone.
	if take_new(username) then return nil, "there was no such account yet"; end
	local verdict = ask("removeuser", username);
	if verdict == "granted" then remember(username, false); end
	return result(verdict);
end

function provider.user_exists(username)
	local last = known:get(username);
	if last and (now() - last.since < remember_time or not async.ready()) then return last.exists; end
	local verdict = ask("isuser", username);
	if verdict == "unavailable" and last then return last.exists; end
	if verdict == "unavailable" then return result(verdict); end
	remember(username, verdict == "granted");
	return verdict == "granted";
end

-- SASL PLAIN knows right and wrong only; a third result is put in its place.
local function with_unavailable(handler)
	local process, clean_clone = handler.process, handler.clean_clone;
	function handler:process(message)
		self.unavailable = nil;
		local status, condition, text = process(self, message);
		if status == "failure" and self.unavailable then
			return "failure", "temporary-auth-failure", "The password cannot be checked at the moment.";
		end
		return status, condition, text;
	end
	function handler:clean_clone() return with_unavailable(clean_clone(self)); end
	return handler;
end

function provider.get_sasl_handler()
	return with_unavailable(new_sasl(host, {
		plain_test = function (handler, username, password)
			local verdict = ask("auth", username, password);
			handler.unavailable = verdict == "unavailable";
			if verdict == "granted" then remember(username, true); end
			return verdict == "granted", true;
		end;
	}));
end

-- Requests under way are answered; their connections close then.
function module.unload()
	unloaded = true;
	while idle[1] do close(idle[1]); end
end

module:hook_global("server-stopping", function ()
	module.unload();
	while queue[1] do settle(table.remove(queue, 1), "unavailable"); end
end);

module:provides("auth", provider);
