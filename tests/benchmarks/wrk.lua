-- Sends the requests of the file REQUESTS in turn; with DISTINCT set, no two are the same.
local paths = {}
for line in io.lines(os.getenv("REQUESTS")) do paths[#paths + 1] = line end
local distinct = os.getenv("DISTINCT")
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  at = math.floor(#paths * number / 2) -- the same order for every server
  run = os.time() .. "-" .. number .. "-"
  sent = 0
  wrk.headers["Accept"] = "application/sparql-results+json, application/n-triples"
end

function request()
  at = at % #paths + 1
  local path = paths[at]
  if distinct then
    sent = sent + 1
    path = path .. "%0A%23" .. run .. sent -- a comment
  end
  return wrk.format("GET", path)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.stderr:write(string.format(
    '{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
