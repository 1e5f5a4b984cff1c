/* address.c - which client an IP address belongs to */
#include "keel/core/address.h"

#include <arpa/inet.h>
#include <string.h>

_Static_assert(ADDRESS_SIZE >= INET6_ADDRSTRLEN, "every address must fit");

void address_to_client(const char *address, char client[ADDRESS_SIZE])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    unsigned char bytes[16];

    if (inet_pton(AF_INET6, address, bytes) != 1) {
        size_t length = strnlen(address, ADDRESS_SIZE - 1);

        memcpy(client, address, length);
        client[length] = '\0';
        return;
    }
    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        inet_ntop(AF_INET, bytes + sizeof mapped, client, ADDRESS_SIZE);
        return;
    }
    memset(bytes + 8, 0, 8);
    inet_ntop(AF_INET6, bytes, client, ADDRESS_SIZE);
}
