-- One turn of wrk, told as a line of JSON. `wrk ... -s turn.lua URL -- readings MS` posts two new readings a request,
-- with times from MS since 1970 on, each 1 ms after the one before: none is ever sent twice. (64-bit floats hold these.)
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  made = 0
  if arguments[1] ~= "readings" then return end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  local first = tonumber(arguments[2])
  request = function()
    local ms = first + made
    made = made + 1
    local ts = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(ms / 1000)) .. string.format(".%03dZ", ms % 1000)
    return wrk.format(nil, nil, nil, string.format(
      '{"readings":[{"metric":"temperature","value":181.5,"ts":"%s"},{"metric":"humidity","value":41.5,"ts":"%s"}]}', ts, ts))
  end
end

-- `made` counts what was written, with what no answer was awaited for when the time was over.
function done(summary, latency)
  local made = 0
  for _, thread in ipairs(threads) do made = made + thread:get("made") end
  local errors = summary.errors
  io.write(string.format(
    '{"rate":%.0f,"answered":%d,"made":%d,"failed":%d,"p50_us":%.0f,"p99_us":%.0f,"max_us":%.0f}\n',
    summary.requests * 1e6 / summary.duration, summary.requests, made,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
