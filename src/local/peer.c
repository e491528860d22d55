#include "local/peer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"

bool local_peer_is_me(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct sockaddr_in peer;
    CR_AUTO_FILE FILE *f = NULL;
    char line[512];

    if (!info || !info->client_addr || info->client_addr->sa_family != AF_INET)
        return false;
    memcpy(&peer, info->client_addr, sizeof(peer));
    f = fopen("/proc/net/tcp", "re");
    while (f && fgets(line, sizeof(line), f)) {
        unsigned addr, port, uid;

        /* sl local_address rem_address st tx:rx tr:when retrnsmt uid; addresses in the machine's own byte order */
        if (sscanf(line, " %*d: %8X:%4X %*8X:%*4X %*X %*X:%*X %*X:%*X %*X %u", &addr, &port, &uid) == 3 &&
            addr == peer.sin_addr.s_addr && port == ntohs(peer.sin_port))
            return uid == getuid();
    }
    return false;
}
