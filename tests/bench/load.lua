-- load.lua - what wrk sends: wrk --script load.lua URL -- KIND FOLDER
-- FOLDER holds `ids` (one item id per line) and `token` (an access token); secrets stay off the command line.

local requests = {}

local function lines_of(path)
    local lines = {}
    for line in io.lines(path) do
        lines[#lines + 1] = line
    end
    return lines
end

-- Each kind adds its requests, made once here so that making them costs nothing while the clock runs.
local kinds = {}

function kinds.ping()
    requests[#requests + 1] = wrk.format("GET", "/api/health")
end

function kinds.get(folder)
    for _, id in ipairs(lines_of(folder .. "/ids")) do
        requests[#requests + 1] = wrk.format("GET", "/api/items/" .. id)
    end
end

function kinds.list()
    requests[#requests + 1] = wrk.format("GET", "/api/items?page=1&per_page=20")
end

function kinds.create(folder)
    local headers = {
        ["Authorization"] = "Bearer " .. lines_of(folder .. "/token")[1],
        ["Content-Type"] = "application/json",
    }
    for number = 1, 1000 do
        local body = string.format('{"name":"Measured item %d","description":"One of many, made to be counted.",' ..
            '"price":%d.%02d,"quantity":%d}', number, number % 97, number % 100, number % 40)
        requests[#requests + 1] = wrk.format("POST", "/api/items", headers, body)
    end
end

-- All of them: what a worker's memory is measured under. Mostly the quick ones, so that it does not take long.
function kinds.mix(folder)
    local parts = {ping = 6, get = 12, list = 1, create = 1}
    local mixed = {}
    for kind, share in pairs(parts) do
        requests = {}
        kinds[kind](folder)
        for number = 1, share * 500 do
            mixed[#mixed + 1] = requests[(number - 1) % #requests + 1]
        end
    end
    requests = mixed
end

function init(arguments)
    kinds[arguments[1]](arguments[2])
end

-- The sequence is the same in every run, so that rounds can be compared.
function request()
    return requests[math.random(#requests)]
end

-- One line for the script that called; microseconds.
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("measured requests=%d us=%d p50=%d p99=%d errors=%d\n", summary.requests,
        summary.duration, latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
