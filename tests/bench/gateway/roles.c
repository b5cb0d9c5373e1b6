//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "roles.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

#include "zp_gateway.h"
#include "zp_publisher.h"

#define ANSWER "{\"id\":\"7\",\"title\":\"Nosferatu\",\"year\":1922}"

static void
s_raise_limit (void)
{
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
}

static void
s_on_film (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_request_reply (&request, ANSWER, sizeof ANSWER - 1);
}

static void
s_service (char **argv)
{
    zloop_t *loop = zloop_new ();
    zp_publisher_t *publisher = zp_publisher_new (loop, NULL);
    zp_server_method (zp_publisher_server (publisher), "film", s_on_film, NULL);
    part_check (zp_publisher_bind (publisher, argv[2], argv[1]) == ZP_OK,
                "the service");
    part_ready (STDOUT_FILENO);
    zp_publisher_run (publisher);
    _exit (0);
}

//  The same answer from a handler of libmicrohttpd, which lives on a loop in
//  the same way
static enum MHD_Result
s_on_request (void *arg, struct MHD_Connection *connection, const char *url,
              const char *method, const char *version, const char *data,
              size_t *size, void **state)
{
    (void) arg, (void) url, (void) method, (void) version, (void) data;
    (void) size;
    if (!*state) {
        *state = connection;
        return MHD_YES;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer (
        sizeof ANSWER - 1, ANSWER, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header (response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response (connection, 200, response);
    MHD_destroy_response (response);
    return result;
}

static int
s_on_ready (zloop_t *loop, zmq_pollitem_t *item, void *daemon)
{
    (void) loop, (void) item;
    MHD_UNSIGNED_LONG_LONG wait_ms;
    do
        MHD_run (daemon);
    while (MHD_get_timeout (daemon, &wait_ms) == MHD_YES && wait_ms == 0);
    return 0;
}

static void
s_bare (char **argv)
{
    zloop_t *loop = zloop_new ();
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons ((uint16_t) atoi (argv[1])),
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon = MHD_start_daemon (
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, s_on_request,
        NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    part_check (daemon != NULL, "libmicrohttpd");
    zmq_pollitem_t item = {
        .fd = MHD_get_daemon_info (daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
        .events = ZMQ_POLLIN};
    zloop_poller (loop, &item, s_on_ready, daemon);
    part_ready (STDOUT_FILENO);
    zloop_start (loop);
    _exit (0);
}

static void
s_gateway (char **argv)
{
    static const char format[] =
        "{\"services\":{\"films\":{\"endpoints\":[\"%s\"],\"updates\":[\"%s\"]}"
        "},\"limits\":{\"connections\":100000,\"connections_client\":100000,"
        "\"streams\":100000,\"heartbeat_ms\":60000},"
        "\"routes\":[{\"method\":\"GET\",\"path\":\"/films/{id}\",\"call\":{"
        "\"service\":\"films\",\"method\":\"film\",\"arguments\":"
        "{\"id\":\"path.id\"}}},{\"method\":\"GET\",\"path\":\"/events\","
        "\"events\":{\"service\":\"films\",\"topic\":\"news\"}}]}";
    s_raise_limit ();
    char *text = zsys_sprintf (format, argv[2], argv[3]);
    zp_gateway_routes_t *routes =
        zp_gateway_routes_new ((zp_span_t){text, strlen (text)}, NULL);
    zp_gateway_options_t options = ZP_GATEWAY_DEFAULTS;
    options.routes = routes;
    zp_gateway_t *gateway = zp_gateway_new (NULL, &options, NULL);
    part_check (zp_gateway_bind (gateway, argv[1]) == ZP_OK, "the gateway");
    part_ready (STDOUT_FILENO);
    zp_gateway_run (gateway);
    _exit (0);
}

static int
s_connect (int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons ((uint16_t) port),
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    part_check (fd != -1, "a socket");
    part_check (connect (fd, (struct sockaddr *) &address, sizeof address) == 0,
                "a connection");
    return fd;
}

static void
s_streams (char **argv)
{
    static const char request[] = "GET /events HTTP/1.1\r\nHost: h\r\n\r\n";
    int port = atoi (argv[1]), count = atoi (argv[2]);
    s_raise_limit ();
    char answer[4096];
    for (int i = 0; i < count; i++) {
        int fd = s_connect (port);
        part_check (write (fd, request, sizeof request - 1) ==
                            sizeof request - 1 &&
                        read (fd, answer, sizeof answer) > 0,
                    "a stream");
    }
    part_ready (STDOUT_FILENO);
    pause ();
    _exit (0);
}

void
roles_part (int argc, char **argv)
{
    static const struct {
        const char *name;       // Which part
        int count;              // Of its words
        void (*run) (char **);  // What it does
    } roles[] = {{"bare", 2, s_bare},
                 {"service", 3, s_service},
                 {"gateway", 4, s_gateway},
                 {"streams", 3, s_streams}};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (argc == roles[i].count && streq (argv[0], roles[i].name))
            roles[i].run (argv);
}

static part_t
s_start (char **argv)
{
    part_t part = part_start (argv, PART_ALL);
    char ready;
    part_check (part_read (&part, &ready, 1), argv[0]);
    return part;
}

part_t
role_bare (int port)
{
    char number[16];
    snprintf (number, sizeof number, "%d", port);
    return s_start ((char *[]){"bare", number, NULL});
}

part_t
role_service (const char *endpoint, const char *updates)
{
    return s_start (
        (char *[]){"service", (char *) endpoint, (char *) updates, NULL});
}

part_t
role_gateway (int port, const char *endpoint, const char *updates)
{
    char number[16];
    snprintf (number, sizeof number, "%d", port);
    return s_start ((char *[]){"gateway", number, (char *) endpoint,
                               (char *) updates, NULL});
}

part_t
role_streams (int port, int count)
{
    char number[16], many[16];
    snprintf (number, sizeof number, "%d", port);
    snprintf (many, sizeof many, "%d", count);
    return s_start ((char *[]){"streams", number, many, NULL});
}

//  Text such as "812.00us", "3.31ms" or "1.02s" in microseconds
static double
s_us (const char *text)
{
    char *unit;
    double value = strtod (text, &unit);
    return value * (*unit == 'u' ? 1 : *unit == 'm' ? 1e3 : 1e6);
}

load_t
load_run (int port, int connections, double seconds)
{
    char command[200], line[200], value[64];
    int whole = seconds < 1 ? 1 : (int) (seconds + 0.5);  // As wrk has it
    snprintf (command, sizeof command,
              "wrk -t%d -c%d -d%ds --latency http://127.0.0.1:%d/films/7",
              connections < 2 ? 1 : 2, connections, whole, port);
    FILE *wrk = popen (command, "r");
    part_check (wrk != NULL, "wrk");
    load_t load = {0};
    bool wrong = false;
    while (fgets (line, sizeof line, wrk)) {
        if (sscanf (line, " 50%% %63s", value) == 1)
            load.p50_us = s_us (value);
        if (sscanf (line, " 99%% %63s", value) == 1)
            load.p99_us = s_us (value);
        sscanf (line, "Requests/sec: %lf", &load.rate);
        wrong |= strstr (line, "Non-2xx") || strstr (line, "Socket errors");
    }
    part_check (pclose (wrk) == 0 && load.rate > 0 && !wrong,
                "wrk, or an answer");
    return load;
}

bool
load_can (void)
{
    return system ("command -v wrk > /dev/null 2>&1") == 0;
}
