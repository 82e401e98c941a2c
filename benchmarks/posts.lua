-- Sends each prepared POST once, in order; counts every answer that is not a 303 to where it should
-- lead: an address that ends as the pattern given says, else in a number, as a proposal's does.
-- Lines of the file: path, cookie, body, separated by tabs.

local wrong, sent = 0, 0
local lines
local leads = "/%d+$"

function init(args)
  lines = {}
  leads = args[2] or leads
  for line in io.lines(args[1]) do
    lines[#lines + 1] = line
  end
end

function request()
  sent = sent + 1
  local line = lines[sent]
  if line == nil then
    wrong = wrong + 1
    line = lines[1]
  end
  local path, cookie, body = line:match("^(.-)\t(.-)\t(.*)$")
  return wrk.format("POST", path, {
    ["Cookie"] = cookie,
    ["Sec-Fetch-Site"] = "same-origin",
    ["Content-Type"] = "application/x-www-form-urlencoded",
  }, body)
end

function response(status, headers, body)
  if status ~= 303 or not (headers["Location"] or ""):match(leads) then
    wrong = wrong + 1
  end
  thread_wrong = wrong
end

local threads = {}
function setup(thread)
  threads[#threads + 1] = thread
end

function done(summary, latency, requests)
  local total = 0
  for _, thread in ipairs(threads) do
    total = total + (thread:get("thread_wrong") or 0)
  end
  io.write("wrong answers: " .. total .. "\n")
end
