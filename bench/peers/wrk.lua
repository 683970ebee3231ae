-- What wrk needs to be a peer: it cannot be told an address for a host, so ADDRESS and PORT are taken
-- from the environment and the URL's host stays what the Host header and the TLS handshake name; with
-- CLOSE set, each request asks for its connection's end. Prints "requests N", and ends with 1 when
-- anything went wrong. wrk checks neither bodies nor certificates; that is left out here too.

if os.getenv("CLOSE") then
  wrk.headers["Connection"] = "close"
end

function wrk.resolve()
  wrk.addrs = wrk.lookup(os.getenv("ADDRESS"), os.getenv("PORT"))
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  if failed == 0 then
    print("requests " .. summary.requests)
  else
    io.stderr:write("wrk: " .. failed .. " requests failed\n")
    os.exit(1)
  end
end
