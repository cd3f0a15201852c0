-- Log-ins of one account, told as turn.lua tells its requests.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = os.getenv("SIGN_IN_BODY")

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"rate":%.1f,"answered":%d,"failed":%d,"p50_us":%.0f,"p99_us":%.0f}\n',
    summary.requests * 1e6 / summary.duration, summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
