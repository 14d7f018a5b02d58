-- Sends the bodies of a file, one a line, in turn and again from the first; writes its figures as JSON.
local requests = {}
local last = 0

function init(args)
  wrk.headers["Content-Type"] = "application/json"
  for body in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, nil, body)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"responses":%d,"micros":%d,"bytes":%d,"badStatus":%d,"brokenSockets":%d,"cpuMicros":%d,"p50Micros":%d,"p99Micros":%d}\n',
    summary.requests, summary.duration, summary.bytes, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    os.clock() * 1e6, latency:percentile(50), latency:percentile(99)))
end
