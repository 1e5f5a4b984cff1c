-- keel-answer.lua - lighttpd's own errors, in the same envelope as Keel's
--
-- Called by mod_magnet when an answer is about to go out.

local r = lighty.r
local status = r.req_item.http_status

-- Whatever the program answers has its id; all else from 400 on is lighttpd's.
if status < 400 or r.resp_header["X-Request-Id"] then
    return 0
end

local METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

-- Status, code and message; what is not here is a request that is no proper HTTP.
local ERRORS = {
    [401] = { 401, "UNAUTHORIZED", "Sign in first" },
    [403] = { 403, "FORBIDDEN", "This is not allowed" },
    [404] = { 404, "NOT_FOUND", "There is nothing at this path" },
    [405] = { 405, "METHOD_NOT_ALLOWED", "This method is not allowed here" },
    [413] = { 413, "PAYLOAD_TOO_LARGE", "The body is larger than the limit" },
    [414] = { 414, "MALFORMED_REQUEST", "The URL is too long" },
    [429] = { 429, "RATE_LIMITED", "Too many requests; try again later" },
    [500] = { 500, "INTERNAL_ERROR", "Something went wrong on our side" },
    [502] = { 502, "SERVICE_UNAVAILABLE", "The service is not available right now; try again shortly" },
    [503] = { 503, "SERVICE_UNAVAILABLE", "The service is not available right now; try again shortly" },
    [504] = { 504, "TIMEOUT", "The request took too long" },
}

local answer = ERRORS[status] or { 400, "MALFORMED_REQUEST", "The request is not valid HTTP" }

-- 501 is a method that lighttpd does not know; of one that it knows, a body in a coding that it does not.
local method = r.req_attr["request.method"] or ""
if status == 501 and (method == "" or not METHODS:find(method, 1, true)) then
    answer = ERRORS[405]
end

-- The caller's own id where it is one, as the program has it.
local id = r.req_header["X-Request-Id"] or ""
if #id < 8 or #id > 64 or id:find("[^%w._-]") then
    id = ""
    for _ = 1, 4 do
        id = id .. string.format("%08x", lighty.c.rand() % 0x100000000)
    end
end

r.resp_header["X-Request-Id"] = id
r.resp_header["Content-Type"] = "application/json"
r.resp_header["Cache-Control"] = "no-store"
if answer[1] == 405 then
    r.resp_header["Allow"] = METHODS
elseif answer[1] == 429 or answer[1] == 502 or answer[1] == 503 then
    r.resp_header["Retry-After"] = "5"
end
r.resp_body:set({
    string.format('{"success":false,"error":{"code":"%s","message":"%s","details":{}},"timestamp":"%s"}',
        answer[2], answer[3], os.date("!%Y-%m-%dT%H:%M:%SZ")),
})
return answer[1]
