-- Script of `wrk`: at its end it prints one line that a program can read; times are microseconds.
local threads = {}

function setup(thread)
   thread:set("number", #threads)
   table.insert(threads, thread)
end

-- Requests that differ: BODIES is a file of one body a line, shared out between THREADS. Each is sent once; who has none left
-- waits. Without arguments every request is the one that the command line describes.
local ffi = require("ffi")
ffi.cdef [[
   typedef struct { long seconds; long microseconds; } hornada_moment;
   int gettimeofday(hornada_moment *moment, void *zone);
]]

local function now()
   local moment = ffi.new("hornada_moment")
   ffi.C.gettimeofday(moment, nil)
   return tonumber(moment.seconds) * 1e6 + tonumber(moment.microseconds)
end

function init(args)
   local file, count = args[1], tonumber(args[2])
   if not file then return end
   bodies, taken, sent, good, first, last = {}, 0, 0, 0, 0, 0
   local line_number = 0
   for line in io.lines(file) do
      if line_number % count == number then table.insert(bodies, line) end
      line_number = line_number + 1
   end

   function delay()
      if taken == #bodies then return 3600000 end
      taken = taken + 1
      return 0
   end

   function request()
      -- Before it begins, wrk asks for one request to look at; it is not sent.
      if taken == 0 then return wrk.format("POST", nil, nil, bodies[1]) end
      sent = sent + 1
      if sent == 1 then first = now() end
      return wrk.format("POST", nil, nil, bodies[sent])
   end

   function response(status)
      if status == 200 then good = good + 1 end
      last = now()
   end
end

function done(summary, latency)
   local first_of_all, last_of_all, good_of_all = math.huge, 0, 0
   for _, thread in ipairs(threads) do
      local first, last = thread:get("first"), thread:get("last")
      if first and first > 0 then first_of_all = math.min(first_of_all, first) end
      if last then last_of_all = math.max(last_of_all, last) end
      good_of_all = good_of_all + (thread:get("good") or 0)
   end
   local duration = summary.duration
   if last_of_all > 0 then duration = last_of_all - first_of_all end
   local errors = summary.errors
   print(string.format(
      "measured requests=%.0f good=%.0f duration=%.0f p50=%.0f p95=%.0f p99=%.0f max=%.0f refused=%.0f broken=%.0f timeouts=%.0f",
      summary.requests, good_of_all, duration,
      latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.max,
      errors.status, errors.connect + errors.read + errors.write, errors.timeout
   ))
end
