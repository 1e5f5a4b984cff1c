-- load.lua - what wrk sends: wrk --script load.lua URL -- KIND FOLDER
-- FOLDER holds `ids` (one item id per line), `token` (an access token; secrets stay off the command line) and, for the
-- kinds of a list, `KIND.path`.

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

-- The same with a token: what knowing the caller costs.
function kinds.get_auth(folder)
    local headers = {["Authorization"] = "Bearer " .. lines_of(folder .. "/token")[1]}
    for _, id in ipairs(lines_of(folder .. "/ids")) do
        requests[#requests + 1] = wrk.format("GET", "/api/items/" .. id, headers)
    end
end

-- A demo account, whose password everybody knows.
function kinds.login()
    requests[#requests + 1] = wrk.format("POST", "/api/auth/login", {["Content-Type"] = "application/json"},
        '{"email":"viewer@example.com","password":"viewer-password-1"}')
end

function kinds.list()
    requests[#requests + 1] = wrk.format("GET", "/api/items?page=1&per_page=20")
end

local function headers_of(folder)
    return {
        ["Authorization"] = "Bearer " .. lines_of(folder .. "/token")[1],
        ["Content-Type"] = "application/json",
    }
end

local function item_of(number)
    return string.format('{"name":"Measured item %d","description":"One of many, made to be counted.",' ..
        '"price":%d.%02d,"quantity":%d}', number, number % 97, number % 100, number % 40)
end

function kinds.create(folder)
    for number = 1, 1000 do
        requests[#requests + 1] = wrk.format("POST", "/api/items", headers_of(folder), item_of(number))
    end
end

function kinds.bulk(folder)
    local operations = {}
    for number = 1, 1000 do
        operations[number] = '{"op":"create","data":' .. item_of(number) .. '}'
    end
    local body = '{"operations":[' .. table.concat(operations, ",") .. ']}'
    requests[#requests + 1] = wrk.format("POST", "/api/items/bulk", headers_of(folder), body)
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

-- Any other kind is a list, whose path the script has written down.
function init(arguments)
    local kind, folder = arguments[1], arguments[2]
    if kinds[kind] then
        kinds[kind](folder)
    else
        requests[1] = wrk.format("GET", lines_of(folder .. "/" .. kind .. ".path")[1])
    end
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
