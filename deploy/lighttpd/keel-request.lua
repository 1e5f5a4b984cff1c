-- keel-request.lua - drops headers whose names have an underscore, as nginx and Apache do
--
-- As a CGI variable X_Forwarded_For could not be told from the X-Forwarded-For that a proxy in front has set or removed.

local headers = lighty.r.req_header

local dropped = {}
for name in pairs(headers) do
    if name:find("_", 1, true) then
        dropped[#dropped + 1] = name
    end
end
for _, name in ipairs(dropped) do
    headers[name] = nil
end
return 0
