-- What wrk sends: each line of FILE in its turn, over and over. With POST a line is a body, in which @N@ stands for a
-- number that no other has; with GET it is a path. Arguments: METHOD FILE KEY PATH FIRST-NUMBER.
local method, lines, path, number

function init(arguments)
  method, path, number = arguments[1], arguments[4], tonumber(arguments[5])
  lines = {}
  for line in io.lines(arguments[2]) do lines[#lines + 1] = line end
  wrk.headers["Authorization"] = "Bearer " .. arguments[3]
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  number = number + 1
  local line = lines[number % #lines + 1]
  if method == "GET" then return wrk.format("GET", line) end
  return wrk.format("POST", path, nil, (line:gsub("@N@", string.format("%d", number))))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("figures %d %.6f %.3f %.3f %.3f %d\n", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
